import { expect, test } from '@jest/globals';
import type { Source } from '../../src/contracts/vm.ts';
import { backupSteps } from '../../src/domain/backup-steps.ts';

const source = (archive: string, format = 'raw'): Source => ({
  path: `/images/${archive}`,
  kind: 'file',
  role: 'disk',
  format,
  size: 1,
  allocated: 1,
  archive,
  fingerprint: '',
});

test('the VM is started when all is finished', () => {
  expect(backupSteps({ sources: [source('vda.tar', 'qcow2')] }, { startEarly: false, verify: 'read' })).toEqual([
    'Mount',
    'Preflight',
    'Shut down',
    'Check the images',
    'Archive vda.tar',
    'Verify vda.tar',
    'Finish',
    'Start',
    'Retention',
    'Unmount',
  ]);
});

test('with startEarly it is started as soon as the last disk was read', () => {
  const steps = backupSteps({ sources: [source('vda.tar'), source('vdb.tar')] }, { startEarly: true, verify: 'read' });
  expect(steps.slice(3, 8)).toEqual(['Read vda.tar', 'Archive vda.tar', 'Read vdb.tar', 'Start', 'Archive vdb.tar']);
  expect(steps.filter((step) => step === 'Start')).toHaveLength(1);
});

test('an archive is compared after it was verified', () => {
  const steps = backupSteps({ sources: [source('vda.tar')] }, { startEarly: false, verify: 'compare' });
  expect(steps.slice(4, 6)).toEqual(['Verify vda.tar', 'Compare vda.tar']);
});
