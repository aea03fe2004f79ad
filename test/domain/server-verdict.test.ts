import { describe, expect, test } from '@jest/globals';
import type { Server } from '../../src/contracts/server.ts';
import type { ServerAction, ServerHow } from '../../src/contracts/server-operation.ts';
import { leftAloneText, whyLeftAlone } from '../../src/domain/server-verdict.ts';
import type { ServerRules } from '../../src/domain/server-verdict.ts';
import { server } from './server.ts';

const rules: ServerRules = {
  protectNames: ['prod-*'],
  protectTags: ['keep'],
  own: { '192.0.2.1': 'this worker', '192.0.2.2': 'Temporal' },
  ownIds: ['own'],
  serviceProjects: ['service'],
  affinity: { tied: 'pair' },
  movesPinned: false,
};
const why = (action: ServerAction, given: Partial<Server> = {}, how: ServerHow = {}): string | undefined => {
  const left = whyLeftAlone(action, server(given), how, rules);
  return left === undefined ? undefined : leftAloneText(left);
};
const specs = (extraSpecs: Record<string, string>): Partial<Server> => ({
  flavor: { name: 'f', vcpus: 1, ram: 1, disk: 0, ephemeral: 0, extraSpecs },
});

describe('whether a server is touched', () => {
  test('what is protected never is', () => {
    for (const action of ['stop', 'start', 'delete', 'migrate'] as const) {
      expect(why(action, { name: 'prod-db' })).toBe('protected by the config: name prod-*');
      expect(why(action, { tags: ['keep'] })).toBe('protected by the config: tag keep');
    }
  });

  test('what the operation stands on is not stopped or deleted, and may be migrated', () => {
    expect(why('stop', { addresses: ['192.0.2.2'] })).toContain('192.0.2.2 is the address of Temporal');
    expect(why('delete', { id: 'own' })).toContain('the machine of this worker');
    expect(why('migrate', { id: 'own' })).toBeUndefined();
  });

  test('what a service looks after is not, unless that was said', () => {
    const amphora = { name: 'amphora-3aba3d94-785d-4499-bc86-cb82915f1437' };
    expect(why('stop', amphora)).toContain('managed by Octavia');
    expect(why('delete', { metadata: { 'metering.stack': 's' } })).toContain('managed by Heat');
    expect(why('stop', { projectId: 'service' })).toContain('managed by a service');
    expect(why('stop', amphora, { includeManaged: true })).toBeUndefined();
    expect(why('migrate', amphora)).toBeUndefined();
  });

  test('locked ones are left to their owners by stop and delete; a lock does not hold a migration', () => {
    expect(why('stop', { locked: true })).toContain('locked');
    expect(why('delete', { locked: true }, { includeLocked: true })).toBeUndefined();
    expect(why('migrate', { locked: true })).toBeUndefined();
  });

  test('each action has its states', () => {
    const states = ['ACTIVE', 'SHUTOFF', 'PAUSED', 'SUSPENDED', 'RESCUE', 'ERROR', 'VERIFY_RESIZE'];
    const taken = (action: ServerAction, how?: ServerHow): string[] =>
      states.filter((status) => why(action, { status }, how) === undefined);
    expect(taken('stop')).toEqual(['ACTIVE']);
    expect(taken('start')).toEqual(['SHUTOFF']);
    expect(taken('delete')).toEqual(states);
    expect(taken('migrate')).toEqual(['ACTIVE', 'PAUSED']);
    expect(taken('migrate', { includeStopped: true })).toEqual(['ACTIVE', 'SHUTOFF', 'PAUSED']);
    expect(taken('migrate', { cold: true })).toEqual(['SHUTOFF']);
  });

  test('a host that does not answer is asked for nothing that it would do hours later', () => {
    for (const hostStatus of ['DOWN', 'UNKNOWN']) {
      expect(why('stop', { hostStatus })).toContain('on a compute host that is down');
      expect(why('delete', { hostStatus })).toBeUndefined();
    }
  });

  test('what can not be moved is not', () => {
    expect(why('migrate', specs({ 'pci_passthrough:alias': 'a:1' }))).toContain('with a PCI device');
    expect(why('migrate', specs({ 'hw:cpu_policy': 'dedicated' }))).toContain('older than Train');
    expect(why('migrate', { id: 'tied' })).toContain('in strict affinity');
    expect(why('migrate', {}, { block: 'no' })).toContain('with a local disk');
    expect(why('migrate', { hasImage: false }, { block: 'no' })).toBeUndefined();
    expect(why('migrate', { host: 'compute7' }, { to: 'compute7' })).toContain('already on the host');
  });
});
