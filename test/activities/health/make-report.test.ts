import { beforeEach, describe, expect, test } from '@jest/globals';
import { makeReport } from '../../../src/activities/health/make-report.ts';
import { HealthStore } from '../../../src/activities/health/store.ts';
import type { HealthPlan, PlannedHost } from '../../../src/contracts/health-plan.ts';
import type { HealthReport, PlaceChecked, Undelivered } from '../../../src/contracts/health.ts';
import { placesOf } from '../../../src/domain/health/places.ts';
import { directoryRecords } from '../../../src/systems/records/index.ts';
import type { Records } from '../../../src/systems/records/records.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const planned = (name: string): PlannedHost => ({
  target: {
    ...{ name, transport: 'ssh2' as const, address: name, port: 22, user: 'root', sudo: false },
    ...{ runDirectory: '/run/stackhand', stateDirectory: '/var/lib/stackhand' },
  },
  ...{ role: 'controllers', ignore: [], oneShots: [], logs: [], logsByPreset: true, mounts: [] },
});
const plan = (operation: string, hosts: readonly string[], more: Partial<HealthPlan> = {}): HealthPlan => ({
  ...{ operation, checks: ['containers'], hosts: hosts.map(planned), knownIssues: [], backups: [] },
  thresholds: { diskWarning: 85, diskCritical: 95, memory: 95, load: 4, clock: 2, stuck: 3600, latency: 5000 },
  baseline: { roles: { controllers: { everywhere: [], exactly: { rabbitmq: 3 } } }, services: [] },
  ...{
    places: placesOf(hosts.map(planned), undefined, []),
    newestMemory: 0,
    readableMemory: 0,
    partRoles: [],
    logsSince: 0,
    hostTimeout: 60,
    ...more,
  },
});
const noBaseline = { roles: { controllers: { everywhere: [], exactly: {} } }, services: [] };
const running = (where: string, ...names: string[]): PlaceChecked => ({
  ...{ where, role: 'controllers', problems: [] },
  results: [{ check: 'containers', where, role: 'controllers', verdict: 'ok', seen: '' }],
  images: Object.fromEntries(names.map((name) => [name, 'image'])),
});

const rest = { operation: 'op-0', workflowId: 'w', title: 't', message: 'm' };

describe('the report of a health check', () => {
  let records: Records;
  let store: HealthStore;
  beforeEach(async () => {
    records = directoryRecords(await scratchDirectory('records'));
    store = new HealthStore(records);
  });

  const report = async (of: HealthPlan, ...places: PlaceChecked[]): Promise<HealthReport> => {
    await store.keepPlan(of);
    for (const place of places) await store.keepPlace(of.operation, place.where, place);
    await makeReport(of, { scope: 'all', startedAt: Date.now(), endedAt: Date.now() }, [], store, undefined);
    return (await store.report(of.operation)) as HealthReport;
  };
  const wrong = ({ findings }: HealthReport): string[] =>
    findings.map(({ what, difference }) => `${difference}: ${what}`);

  test('a role is counted where each of its hosts was in the run and could be looked at', async () => {
    const all = ['c1', 'c2', 'c3'].map((name) => running(name, 'rabbitmq'));
    expect(wrong(await report(plan('op-1', ['c1', 'c2', 'c3']), ...all))).toEqual([]);
    const [first, second] = all as [PlaceChecked, PlaceChecked];
    expect(wrong(await report(plan('op-2', ['c1', 'c2', 'c3']), first, second))).toEqual([]);
    expect(wrong(await report(plan('op-3', ['c1', 'c2', 'c3']), first, second, running('c3')))).toEqual([
      'new: rabbitmq runs on c1, c2; 3 of them have to run it',
    ]);
  });

  test('of one site it says nothing of a role that is at several, and ends nothing of it either', async () => {
    const before = plan('op-1', ['c1', 'c2', 'c3']);
    await report(before, running('c1', 'rabbitmq'), running('c2'), running('c3'));
    expect(await store.commit(before, false)).toBe(true);
    const part = plan('op-2', ['c1'], { newestMemory: 1, readableMemory: 1, partRoles: ['controllers'] });
    const found = await report(part, running('c1', 'rabbitmq'));
    expect([wrong(found), found.verdict, found.elsewhere]).toEqual([[], 'ok', 1]);
  });

  test('a check counts once, and not where another has counted since it began', async () => {
    const [one, other] = [plan('op-1', ['c1']), plan('op-2', ['c1'])];
    for (const each of [one, other]) await report(each, running('c1'));
    expect(await store.commit(one, true)).toBe(true);
    expect(await store.commit(one, true)).toBe(true);
    expect(await store.commit(other, true)).toBe(false);
    expect((await store.memory(1))?.operation).toBe('op-1');
  });

  test('what nobody could be told of is told by the next, and then no more', async () => {
    const broken: PlaceChecked = {
      ...running('c1'),
      problems: [{ id: 'x', check: 'containers', verdict: 'critical', where: 'c1', what: 'keystone is missing' }],
    };
    const heard: (string | undefined)[] = [];
    for (const [number, told] of [false, true, undefined].entries()) {
      const each = plan(`op-${String(number)}`, ['c1'], {
        newestMemory: number,
        readableMemory: number,
        baseline: noBaseline,
      });
      await store.keepPlan(each);
      await store.keepPlace(each.operation, 'c1', broken);
      const run = { scope: 'all', startedAt: 1000 + number, endedAt: 2000 };
      const { news } = await makeReport(each, run, [], store, undefined);
      heard.push(news?.message.split('\n')[1]);
      await store.commit(each, told);
    }
    const line = expect.stringMatching(/^new: critical: c1: keystone is missing \[[0-9a-f]{12}\]$/);
    expect(heard).toEqual([line, line, undefined]);
    expect(heard[0]).toBe(heard[1]);
  });

  test('what some could not be told waits in what is remembered, until they are', async () => {
    const waiting = [{ rule: 'r', notification: { ...{ id: 'op-0/health', event: 'health' as const }, ...rest } }];
    const commit = async (number: number, left: readonly Undelivered[]) => {
      const each = plan(`op-${String(number)}`, ['c1'], { newestMemory: number, readableMemory: number });
      await report(each, running('c1'));
      await store.keepUndelivered(each.operation, left);
      await store.commit(each, true);
      return (await store.memory(number + 1))?.undelivered;
    };
    expect(await commit(0, waiting)).toEqual(waiting);
    const next = plan('op-1', ['c1'], { newestMemory: 1, readableMemory: 1 });
    await store.keepPlan(next);
    const run = { scope: 'all', startedAt: 1, endedAt: 2 };
    expect(await makeReport(next, run, [], store)).toMatchObject({ undelivered: true });
    expect(await commit(1, [])).toEqual([]);
  });

  test('a memory that is JSON, and nothing that a check remembers, is not the last; the one before it is', async () => {
    const first = plan('op-0', ['c1']);
    await report(first, running('c1'));
    await store.commit(first, true);
    await records.put('health', 'memory-00000002', { findings: 'x' });
    expect(await store.readable(2)).toEqual({
      readableMemory: 1,
      memoryProblem: expect.stringMatching(/^health\/memory-00000002 is damaged: operation: /),
    });
    expect((await store.last())?.operation).toBe('op-0');
  });

  test('of the generations the last ones stay', async () => {
    for (let number = 0; number < 25; number += 1) {
      const each = plan(`op-${String(number)}`, ['c1'], { newestMemory: number, readableMemory: number });
      await report(each, running('c1'));
      expect(await store.commit(each, false)).toBe(true);
    }
    expect(await store.newest()).toBe(25);
    expect(await store.memory(15)).toBeUndefined();
    expect(await store.memory(16)).toBeDefined();
  });
});
