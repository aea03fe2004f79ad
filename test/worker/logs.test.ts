import { describe, expect, test } from '@jest/globals';
import type { Report } from '../../src/contracts/operation.ts';
import { until } from '../support/poll.ts';
import { useObserved } from './support/observed.ts';
import type { LogLine } from './support/observed.ts';

const [info, warn] = [30, 40];

/** What the log of a production worker tells, without a word about how much: STACKHAND_LOG is not set. */
describe("a worker's log", () => {
  const observed = useObserved();
  const ofOperation = async (operation: string): Promise<readonly LogLine[]> => {
    const lines = (): readonly LogLine[] =>
      observed.lines().filter((line) => line.operation === operation || line.parent === operation);
    await until('the end is in the log', () =>
      lines().some((line) => line.operation === operation && line.msg === 'Operation ended'),
    );
    return lines();
  };

  test('by the id of an operation tells what was done, on which host, to which VM, by whom, and how it ended', async () => {
    const report = await observed.program.json<Report & { workflowId: string }>(
      ...['vm', 'backup', 'web01', '--host', 'kvm1', '--shutdown', '--reason', 'before the move'],
    );
    expect(report.exitCode).toBe(0);
    const lines = await ofOperation(report.operation);
    expect(lines.every(({ level }) => level === info)).toBe(true);
    expect(lines[0]).toMatchObject({
      ...{ msg: 'Operation began', title: 'Back up web01 on kvm1', reason: 'before the move' },
      ...{ startedBy: expect.stringContaining('@'), workflowId: report.workflowId },
    });
    expect(lines.at(-1)).toMatchObject({ msg: 'Operation ended', outcome: 'done', summary: report.summary });
    const activity = (type: string): (string | undefined)[] =>
      lines.filter(({ activityType }) => activityType === type).map(({ msg }) => msg);
    for (const type of ['mount', 'shutDown', 'archive', 'verify', 'finishBackup', 'start', 'unmount', 'keepReport'])
      expect([type, ...activity(type).slice(0, 2)]).toEqual([type, 'Activity began', 'Activity done']);
    expect(lines.find(({ activityType }) => activityType === 'shutDown')).toMatchObject({
      ...{ host: 'kvm1', vm: 'web01', attempt: 1, activityId: 'Shut down', workflowType: 'vmBackup' },
    });
  });

  test('one that started others has their lines too', async () => {
    const { exitCode, operation } = await observed.program.json<Report>(
      ...['vm', 'backup', 'web01', 'db01', '--host', 'kvm1', '--shutdown'],
    );
    expect(exitCode).toBe(0);
    const children = (await ofOperation(operation)).filter(({ parent }) => parent === operation);
    expect(
      new Set(children.filter(({ msg }) => msg === 'Operation ended').map(({ workflowId }) => workflowId)).size,
    ).toBe(2);
    expect(children.find(({ activityType, vm }) => activityType === 'shutDown' && vm === 'db01')).toMatchObject({
      operation: expect.not.stringMatching(operation),
      host: 'kvm1',
    });
  });

  test('a failure is a warning, of the step and of the operation, with its type and without a stack', async () => {
    const { exitCode, stderr } = await observed.program.run(['vm', 'backup', 'nosuch', '--host', 'kvm1', '--shutdown']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('nosuch')]);
    await until('it is in the log', () => observed.lines().some(({ outcome }) => outcome === 'failed'));
    const { operation = '' } = observed.lines().find(({ outcome }) => outcome === 'failed') ?? {};
    const warnings = (await ofOperation(operation)).filter(({ level }) => level === warn);
    expect(warnings.map(({ msg }) => msg)).toEqual(['Activity failed', 'Operation ended', 'Workflow failed']);
    expect(warnings[0]).toMatchObject({
      ...{ host: 'kvm1', activityType: 'lookForBackup' },
      error: { type: 'UnknownVm', message: expect.stringContaining('nosuch') },
    });
    expect(JSON.stringify(warnings)).not.toContain('"stack"');
  });

  test('what became of each server is in it', async () => {
    const [id] = await observed.cloud.addServers({ name: 'app-1', host: 'compute1' });
    const report = await observed.program.json<Report>('server', 'stop', '--name', 'app-*', '--yes');
    const lines = await ofOperation(report.operation);
    expect(lines.find(({ server }) => server === 'app-1')).toMatchObject({
      ...{ level: info, msg: 'Server: done', serverId: id, host: 'compute1', cloud: 'practice', action: 'stop' },
    });
  });

  test('each line of it is one of ours or JSON, and a read says nothing', async () => {
    const before = observed.lines().length;
    await observed.program.json('vm', 'list', '--host', 'kvm1');
    expect(observed.lines().slice(before)).toEqual([]);
    const other = observed.program.said.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    expect(other.filter((line) => !line.startsWith('worker'))).toEqual([]);
  });
});
