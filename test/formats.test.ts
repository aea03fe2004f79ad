import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { AuditTrail } from '../src/activities/shared/audit-trail.ts';
import { HealthStore } from '../src/activities/health/store.ts';
import { PlanStore } from '../src/activities/servers/plan-store.ts';
import { readPlanFile } from '../src/client/plan-file.ts';
import { formats } from '../src/contracts/format.ts';
import { dropDomainLease, readDomainLease, takeDomainLease } from '../src/systems/jobs/domain-lease.ts';
import { armGuard, disarmGuard, readGuard, renewGuard } from '../src/systems/jobs/guard.ts';
import { listHostRecords, readHostRecord, removeHostRecord, writeHostRecord } from '../src/systems/jobs/host-record.ts';
import { followJob, listJobs, removeJobs, startJob, stopJob } from '../src/systems/jobs/job.ts';
import { forgetLastBackup, noteLastBackup, readLastBackups } from '../src/systems/jobs/last-backup.ts';
import { acquireMount, listMountLeases, releaseMountLease } from '../src/systems/jobs/mounts.ts';
import {
  dropRepositoryLease,
  listBackups,
  listRepositoryLeases,
  readManifest,
  takeRepositoryLease,
} from '../src/systems/jobs/repository.ts';
import { directoryRecords } from '../src/systems/records/index.ts';
import { scratchDirectory } from './support/scratch.ts';
import { localHost } from './systems/jobs/support/local.ts';

/**
 * test/formats/RELEASE is what that release wrote, taken from a backup in its middle (run, state, share), and from
 * operations on servers and a health check (records, plan.yaml). Archives are left out: `share` makes empty ones.
 */
const releases = readdirSync(fileURLToPath(new URL('./formats/', import.meta.url)));
const operation = 'c9894fd2-f551-4cec-9fec-0b2edc477258';
const job = { operation, step: 'archive-vda.tar-1-1' };
const mountPoint = '/srv/practice/mnt/backup';
const uuid = '5a3c1b0e-77d2-4f0e-9d61-1f2a6b0c0101';
const backup = 'db01-5a3c1b0e/backup_20261128T204252Z';
const stopped = '3594b8a3-9e83-4e62-b94c-f81434ae1eae';
const checked = '58a681f4-c62a-4383-912c-e0f424c2a2f0';

const host = localHost();
let root = '';
const at = (...path: string[]): string => join(root, ...path);
const paths = (): { run: string; state: string } => ({ run: at('run'), state: at('state') });
const records = (): ReturnType<typeof directoryRecords> => directoryRecords(at('records'));
const repository = (): { mountPoint: string; mountSource: null; root: string } => ({
  mountPoint: at('share'),
  mountSource: null,
  root: at('share'),
});

async function copyOf(release: string): Promise<void> {
  root = await scratchDirectory('formats');
  cpSync(fileURLToPath(new URL(`./formats/${release}/`, import.meta.url)), root, { recursive: true });
  const { archives } = JSON.parse(readFileSync(at('share', backup, 'manifest.json'), 'utf8')) as {
    archives: { file: string; archiveBytes: number }[];
  };
  for (const { file, archiveBytes } of archives) {
    writeFileSync(at('share', backup, file), '');
    truncateSync(at('share', backup, file), archiveBytes);
  }
}

/** Every file with its content and time of change, but for locks, which are taken before anything is read. */
function everything(): string {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(at(file)).isFile() && !/(^|[./])(lock|turn)$/.test(file))
    .sort();
  return files
    .map((file) => {
      const { mtimeMs, size } = statSync(at(file));
      return [
        file,
        mtimeMs,
        createHash('sha256')
          .update(size > 0 ? readFileSync(at(file)) : '')
          .digest('hex'),
      ].join(' ');
    })
    .join('\n');
}

describe.each(releases)('what release %s wrote', (release) => {
  beforeEach(() => copyOf(release));

  test('the record of an operation', async () => {
    const found = await readHostRecord(host, paths(), operation);
    expect(found).toMatchObject({ operation, type: 'vmBackup', wasRunning: true, broughtDown: true });
    expect(await listHostRecords(host, paths())).toEqual([found]);
  });

  test('the lease of a VM, and its last backup', async () => {
    expect(await readDomainLease(host, paths(), uuid)).toMatchObject({ operation });
    await dropDomainLease(host, paths(), uuid, operation);
    expect(await readDomainLease(host, paths(), uuid)).toBeUndefined();
    expect(Object.values(await readLastBackups(host, paths()))).toMatchObject([{ repository: 'nas', path: backup }]);
  });

  test('a job that has ended', async () => {
    expect(await listJobs(host, paths())).toMatchObject([{ ref: job, status: 'done' }]);
    expect(await followJob(host, paths(), job)).toMatchObject({
      state: 'done',
      result: { digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(await startJob(host, paths(), job, { name: 'other', text: 'exit 1' }, {})).toBe('attached');
  });

  test('a mount and who uses it', async () => {
    expect(await listMountLeases(host, paths())).toMatchObject([{ operation, mountPoint, mountedByUs: true }]);
  });

  test('a guard that waits', async () => {
    expect(await readGuard(host, paths(), operation)).toBe('armed');
    expect(await disarmGuard(host, paths(), operation)).toBe('armed');
    expect(await readGuard(host, paths(), operation)).toBe('absent');
  });

  test('a repository: its leases and backups', async () => {
    expect(await listRepositoryLeases(host, repository(), 'web01-5a3c1b0e')).toMatchObject([{ operation }]);
    expect(await listBackups(host, repository())).toMatchObject([{ path: backup, status: 'good' }]);
    expect(await readManifest(host, repository(), backup)).toMatchObject({ vm: { name: 'db01' } });
  });

  test('records: plans with their pages, outcomes, reports, audit trails, what health checks know', async () => {
    const plans = new PlanStore(records());
    const plan = await plans.plan(stopped);
    const { servers, leftAlone } = await plans.view(stopped, 0);
    expect([servers.length, leftAlone.length]).toEqual([plan.servers, plan.leftAlone]);
    expect(await plans.intent(stopped, 0, 0)).toBeDefined();
    expect((await plans.outcomes(stopped)).length).toBeGreaterThan(0);
    const trail = new AuditTrail(records());
    for (const id of [stopped, checked])
      expect(await trail.verify(id)).toMatchObject({ ended: true, problems: [], head: expect.stringMatching(/./) });
    const health = new HealthStore(records());
    expect(await health.report(checked)).toMatchObject({ operation: checked });
    expect(await health.last()).toMatchObject({ history: expect.anything() });
  });

  test('a plan that somebody saved', () => {
    expect(readPlanFile(at('plan.yaml')).servers.length).toBeGreaterThan(0);
  });
});

describe('what a newer release wrote is refused, and stays as it is', () => {
  beforeEach(() => copyOf(releases.at(-1) ?? ''));

  const newer = (format: keyof typeof formats): string => String(formats[format] + 1);
  const newerJson = (file: string, format: keyof typeof formats): void => {
    const { format: _, ...rest } = JSON.parse(readFileSync(at(file), 'utf8')) as Record<string, unknown>;
    writeFileSync(at(file), JSON.stringify({ format: Number(newer(format)), ...rest }));
  };
  const newerDirectory = (directory: string, format: keyof typeof formats): void =>
    writeFileSync(at(directory, 'format'), `${newer(format)}\n`);
  const refused = async (...attempts: (() => Promise<unknown>)[]): Promise<void> => {
    const before = everything();
    for (const attempt of attempts)
      await expect(attempt()).rejects.toMatchObject({
        type: 'NewerFormat',
        message: expect.stringContaining('written by a newer stackhand'),
      });
    expect(everything()).toBe(before);
  };

  test('the record of an operation', async () => {
    const known = await readHostRecord(host, paths(), operation);
    if (known === undefined) throw new Error('there was one');
    newerJson(`state/operations/${operation}.json`, 'host record');
    await refused(
      () => readHostRecord(host, paths(), operation),
      () => listHostRecords(host, paths()),
      () => writeHostRecord(host, paths(), known),
      () => removeHostRecord(host, paths(), operation),
    );
  });

  test('the lease of a VM', async () => {
    newerJson(`state/domains/${uuid}.json`, 'domain lease');
    await refused(
      () => readDomainLease(host, paths(), uuid),
      () => takeDomainLease(host, paths(), uuid, { operation, workflowId: 'x' }),
      () => takeDomainLease(host, paths(), uuid, { operation: 'other', workflowId: 'x' }),
      () => dropDomainLease(host, paths(), uuid, operation),
    );
  });

  test('a last backup', async () => {
    const [file = ''] = readdirSync(at('state/backups'));
    const of = file.replace('.json', '');
    newerJson(`state/backups/${file}`, 'last backup');
    await refused(
      () => readLastBackups(host, paths()),
      () => noteLastBackup(host, paths(), of, { at: 'now', repository: 'nas', path: backup }),
      () => forgetLastBackup(host, paths(), of),
    );
  });

  test('a job', async () => {
    newerDirectory(`run/jobs/${operation}/${job.step}`, 'job');
    await refused(
      () => listJobs(host, paths()),
      () => followJob(host, paths(), job),
      () => startJob(host, paths(), job, { name: 'other', text: 'exit 1' }, {}),
      () => stopJob(host, paths(), job),
      () => stopJob(host, paths(), { operation }),
      () => removeJobs(host, paths(), operation),
    );
  });

  test('a mount', async () => {
    const [key = ''] = readdirSync(at('run/mounts'));
    newerDirectory(`run/mounts/${key}`, 'mount');
    await refused(
      () => listMountLeases(host, paths()),
      () => releaseMountLease(host, paths(), { operation, mountPoint }),
    );
    // What it is named after is the mount point, which is another one here.
    const target = { name: 'nas', type: 'tmpfs', source: 'none', options: '', mountPoint: at('mnt') };
    const own = createHash('sha256').update(at('mnt')).digest('hex').slice(0, 16);
    mkdirSync(at('run/mounts', own, 'leases'), { recursive: true });
    newerDirectory(`run/mounts/${own}`, 'mount');
    await refused(() => acquireMount(host, paths(), target, operation));
  });

  test('a guard', async () => {
    newerDirectory(`state/guards/${operation}`, 'guard');
    await refused(
      () => readGuard(host, paths(), operation),
      () => renewGuard(host, paths(), operation),
      () => disarmGuard(host, paths(), operation),
      () => armGuard(host, paths(), { operation, domain: { name: 'web01', uuid }, after: 600 }),
    );
  });

  test('a lease of a repository, also of somebody else', async () => {
    const vm = 'web01-5a3c1b0e';
    const file = at('share', vm, `.stackhand-lease-${operation}`);
    writeFileSync(
      file,
      `${readFileSync(file, 'utf8').split('\n').slice(0, 2).join('\n')}\n${newer('repository lease')}\n`,
    );
    const holder = { operation, workflowId: 'x', mode: 'shared' } as const;
    const content = readFileSync(file, 'utf8');
    await refused(
      () => listRepositoryLeases(host, repository(), vm),
      () => dropRepositoryLease(host, repository(), vm, operation),
      () => takeRepositoryLease(host, repository(), vm, holder),
    );
    await expect(takeRepositoryLease(host, repository(), vm, { ...holder, operation: 'other' })).rejects.toMatchObject({
      type: 'NewerFormat',
    });
    expect(readdirSync(at('share', vm))).toEqual([`.stackhand-lease-${operation}`]);
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  test('a backup: not read, and never taken for a damaged one, which may be removed', async () => {
    newerJson(`share/${backup}/manifest.json`, 'manifest');
    await refused(() => readManifest(host, repository(), backup));
    expect(await listBackups(host, repository())).toMatchObject([
      { path: backup, status: 'foreign', why: expect.stringContaining('newer stackhand') },
    ]);
  });

  test('a record, whatever it is of', async () => {
    for (const name of ['plan', 'plan-page-0000', 'report', 'audit-000001'])
      newerJson(`records/${stopped}/${name}.json`, 'record');
    newerJson('records/health/memory-00000002.json', 'record');
    await refused(
      () => new PlanStore(records()).plan(stopped),
      () => new PlanStore(records()).plans(),
      () => new AuditTrail(records()).lines(stopped),
      () => new AuditTrail(records()).append(stopped, 'new', [{ at: 1, event: 'asked' }]),
      () => new HealthStore(records()).last(),
      () => records().put(stopped, 'report', { mine: true }),
    );
    const { problems } = await new AuditTrail(records()).verify(stopped);
    expect(problems.filter((problem) => problem.includes('newer stackhand'))).toHaveLength(2);
  });

  test('a plan that somebody saved', async () => {
    const text = readFileSync(at('plan.yaml'), 'utf8');
    writeFileSync(at('plan.yaml'), `format: ${newer('server plan')}\n${text}`);
    await refused(() => Promise.resolve().then(() => readPlanFile(at('plan.yaml'))));
  });
});

test('today’s documents say their version', async () => {
  await copyOf(releases.at(-1) ?? '');
  await records().put('op', 'plan', { a: 1 });
  expect(JSON.parse(readFileSync(at('records/op/plan.json'), 'utf8'))).toEqual({ format: formats.record, a: 1 });
  expect(await records().get('op', 'plan')).toEqual({ a: 1 });
  await noteLastBackup(host, paths(), uuid, { at: 'now', repository: 'nas', path: backup });
  expect(JSON.parse(readFileSync(at(`state/backups/${uuid}.json`), 'utf8'))).toMatchObject({
    format: formats['last backup'],
  });
});
