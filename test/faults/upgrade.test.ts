import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import type { Report } from '../../src/contracts/operation.ts';
import { builtProgram } from '../support/built.ts';
import { until } from '../support/poll.ts';
import { usePracticeVms } from '../support/practice-vms.ts';
import { scratchDirectory } from '../support/scratch.ts';

/**
 * A worker of the release before is replaced in the middle of a backup. The older one is today's program whose workflows
 * have not had their last patch: `patched('audit')` is where their decisions part.
 */
const { program, site } = usePracticeVms();

let older = '';
beforeAll(async () => {
  older = await scratchDirectory('older');
  await cp(await builtProgram(), join(older, 'dist'), { recursive: true });
  for (const beside of ['package.json', 'node_modules'])
    await symlink(fileURLToPath(new URL(`../../${beside}`, import.meta.url)), join(older, beside));
  const bundle = join(older, 'dist/workflows.bundle.js');
  const before = (await readFile(bundle, 'utf8')).replace(/\(0,\s*\w+\.patched\)\('audit'\)/, 'false');
  expect(before).not.toContain("patched)('audit')");
  await writeFile(bundle, before);
}, 120_000);

const jobs = (): string[] => {
  const directory = join(site().ready.runDirectory, 'jobs');
  return existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }) : [];
};

const auditOf = (operation: string): string[] => {
  const directory = join(program.directory, '.local/share/stackhand/records', operation);
  return readdirSync(directory).filter((name) => name.startsWith('audit-'));
};

test('a backup that an older worker began is finished by the newer one: nothing twice, the VM runs', async () => {
  const before = await site().domain('web01');
  const worker = await program.startWorker([], {}, [], join(older, 'dist'));
  const id = await program.begin('vm', 'backup', 'web01', '--shutdown', '--bandwidth', '6M/s');
  await until('a disk is being read', () => jobs().some((file) => /archive-vda[^/]*\/progress$/.test(file)), 40);
  const pids = async (): Promise<number[]> => (await site().ask('GET /state')).processes.map(({ pid }) => pid);
  const running = await pids();
  worker.kill('SIGTERM');
  await until('the older worker has ended', () => worker.exitCode !== null || worker.signalCode !== null, 20);
  expect(await site().domain('web01')).toMatchObject({ state: 'shut off' });
  expect((await pids()).filter((pid) => running.includes(pid)).length).toBeGreaterThan(0);

  await program.startWorker([]);
  const report = (await program.temporal.client.workflow.getHandle(id).result()) as Report<unknown>;
  expect(report.outcome).toBe('done');
  const { state, starts, stops, shutdownRequests } = await site().domain('web01');
  expect({ state, starts, stops, shutdownRequests }).toEqual({
    state: 'running',
    starts: before.starts + 1,
    stops: before.stops + 1,
    shutdownRequests: before.shutdownRequests + 1,
  });
  const now = await site().ask('GET /state');
  expect(now).toMatchObject({ mounts: [], processes: [] });
  // One attempt at the disk, whoever watched it.
  const history = await program.temporal.client.workflow.getHandle(id).fetchHistory();
  const archives = (history.events ?? []).filter(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'archive',
  );
  expect(archives).toHaveLength(1);
  const { backups } = await program.json<{ backups: { path: string; status: string }[] }>('vm', 'backups');
  expect(backups).toMatchObject([{ status: 'good' }]);
  // It began without the patch, and ends without it; what begins now has it.
  expect(auditOf(report.operation)).toEqual([]);
  const next = await program.json<{ operation: string }>('vm', 'verify', backups[0]?.path ?? '');
  expect(auditOf(next.operation).length).toBeGreaterThan(0);
}, 90_000);
