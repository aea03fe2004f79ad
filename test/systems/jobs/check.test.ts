import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Host } from '../../../src/systems/host/host.ts';
import { checkStep, startCheck, stopChecks } from '../../../src/systems/jobs/check.ts';
import { followJob, startJob, stopJob, type JobOutcome } from '../../../src/systems/jobs/job.ts';
import { localHost, scratch } from './support/local.ts';
import { standInVirsh, type StandInVirsh } from './support/stand-in-virsh.ts';

const { directory, paths, remove } = scratch();
const operations: string[] = [];
const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
let virsh: StandInVirsh;
let host: Host;
let ref: { operation: string; step: string };

beforeEach(() => {
  ref = { operation: randomUUID(), step: checkStep('1-vda') };
  operations.push(ref.operation);
  virsh = standInVirsh(join(directory, ref.operation));
  virsh.set('shut off');
  host = localHost(virsh.env);
});

afterAll(async () => {
  await Promise.all(operations.map((operation) => stopJob(localHost(), paths, { operation })));
  remove();
}, 60_000);

const start = (on = host, boot = bootId) =>
  startCheck(on, paths, ref, { image: '/vm/a b', format: 'qcow2', domain: { uuid: randomUUID(), bootId: boot } });

async function check(script: string): Promise<JobOutcome | { readonly state: 'read' }> {
  virsh.check(script);
  await start();
  return followJob(host, paths, ref);
}

describe('a check of an image', () => {
  test.each([0, 63, 3])('that is whole, has nothing to check, or only leaks (exit code %p) is done', async (code) => {
    expect(await check(`exit ${code}`)).toMatchObject({ state: 'done' });
    expect(readFileSync(join(directory, ref.operation, 'checks'), 'utf8')).toBe('check -f qcow2 -- /vm/a b\n');
  });

  test.each([
    ['is corrupt', '1 errors were found', 2, 'ImageDamaged', /is corrupt/],
    [
      'can not be understood',
      'qemu-img: Could not open: L1 table is too big',
      1,
      'ImageDamaged',
      /L1 table is too big/,
    ],
    ['can not be read', 'qemu-img: Could not read: Input/output error', 1, 'SourceUnreadable', /Input\/output error/],
    ['somebody uses', 'qemu-img: Failed to get "write" lock', 1, 'SourceUnreadable', /write/],
  ])('that %s fails, with what qemu-img said', async (_, said, code, type, message) => {
    await expect(check(`echo '${said}' >&2; exit ${code}`)).rejects.toMatchObject({ type, message });
  });

  test('that is in use since the VM was started is no longer of its moment', async () => {
    await expect(check(`echo running >state; echo 'Failed to get "write" lock'; exit 1`)).rejects.toMatchObject({
      type: 'PreconditionLost',
    });
  });

  test('is not begun when the VM runs, or the host was rebooted', async () => {
    await start(host, randomUUID());
    await expect(followJob(host, paths, ref)).rejects.toMatchObject({ type: 'PreconditionLost' });
    ref = { ...ref, step: checkStep('2-vda') };
    virsh.set('running');
    await start();
    await expect(followJob(host, paths, ref)).rejects.toMatchObject({ type: 'PreconditionLost' });
  });

  test('without qemu-img says so', async () => {
    await expect(check('exit 127')).rejects.toMatchObject({ type: 'ToolMissing' });
  });
});

test('every check of an operation is ended, and nothing else', async () => {
  virsh.check('sleep 300');
  await start();
  const archive = { operation: ref.operation, step: 'archive-vda' };
  await startJob(host, paths, archive, { name: 'test', text: 'sleep 1; exit 0' }, {});
  await stopChecks(host, paths, ref.operation);
  await expect(followJob(host, paths, ref)).rejects.toMatchObject({ type: 'JobLost', message: /was stopped/ });
  expect(await followJob(host, paths, archive)).toMatchObject({ state: 'done' });
  await stopChecks(host, paths, ref.operation);
});
