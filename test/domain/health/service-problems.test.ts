import { expect, test } from '@jest/globals';
import { serviceProblems } from '../../../src/domain/health/service-problems.ts';
import type { CloudLook } from '../../../src/domain/health/service-problems.ts';

const thresholds = { diskWarning: 85, diskCritical: 95, memory: 95, load: 4, clock: 2, stuck: 3600, latency: 5000 };
const quiet: CloudLook = {
  services: [],
  hypervisors: [],
  endpoints: [],
  servers: [],
  migrations: [],
  leftovers: { allocations: [], providers: [], unseen: false },
};
const look = (over: Partial<CloudLook>, expected: readonly string[] = []) =>
  serviceProblems('lab', { ...quiet, ...over }, thresholds, new Set(expected), Date.UTC(2026, 10, 28));

test('of hundreds in ERROR the first are named, the rest is counted, and none of former ones counts as over', () => {
  const servers = Array.from({ length: 137 }, (_, at) => ({
    ...{ id: `id-${String(at)}`, name: `server-${String(at)}`, status: 'ERROR', taskState: null },
    updated: '2026-11-01T00:00:00Z',
  }));
  const { problems, unseen } = look({ servers });
  expect([problems.length, problems.at(-1)?.what, unseen]).toEqual([101, 'and 37 more of the same', ['server/error/']]);
  expect(look({ servers: servers.slice(0, 100) })).toMatchObject({ unseen: [] });
});

test('what the cloud tells is never part of a command', () => {
  const service = { name: 'nova-compute', host: 'cmp1; reboot', zone: 'nova', enabled: true, up: false };
  expect(look({ services: [service] }).problems[0]?.next).toBe("openstack compute service list --host 'cmp1; reboot'");
});
