import type { Check } from '../../contracts/inspect.ts';
import { isFault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { resolveRepository } from '../../config/resolve-repository.ts';
import { formatBytes, formatDuration } from '../../domain/format.ts';
import type { Host } from '../../systems/host/host.ts';
import { listHostRecords } from '../../systems/jobs/host-record.ts';
import { acquireMount, probeShare, releaseMount, shareSpace } from '../../systems/jobs/mounts.ts';
import { domainNames } from '../../systems/libvirt/index.ts';
import type { Deps } from './deps.ts';
import { pathsOf } from './deps.ts';

type Found = Omit<Check, 'name'>;

/** Seconds by which clocks may differ before dates of backups mislead. */
const clockTolerance = 60;

/** One line for each thing that an operation on this host will need, with its remedy. */
export async function checkHost(target: HostTarget, repository: string | undefined, deps: Deps): Promise<Check[]> {
  const on = deps.host(target);
  const checks: Check[] = [];
  const check = async (name: string, run: () => Promise<Found>): Promise<boolean> => {
    const found = await run().catch(explain);
    checks.push({ name: `${target.name}: ${name}`, ...found });
    return found.status !== 'failed';
  };
  const reached = await check(target.transport === 'local' ? 'this machine' : 'SSH and host key', async () => {
    const began = Date.now();
    await expectOk(on, ['true'], { sudo: false });
    return ok(`answers in ${String(Date.now() - began)} ms`);
  });
  if (!reached) return checks;
  if (target.sudo) {
    const allowed = await check('sudo', async () => {
      await expectOk(on, ['true']);
      return ok(`${target.user} may use sudo without a password`);
    });
    const last = checks.at(-1);
    if (!allowed && last !== undefined) checks[checks.length - 1] = { ...last, remedy: sudoersLines(target.user) };
    if (!allowed) return checks;
  }
  await check('libvirt', async () =>
    ok(`virsh -c qemu:///system answers, ${String((await domainNames(on)).length)} VMs`),
  );
  for (const program of ['tar', 'bash', 'flock', 'findmnt', 'timeout']) {
    await check(program, () => programThere(on, program, 'failed'));
  }
  await check('zstd', () =>
    programThere(on, 'zstd', 'warning', 'backups use gzip, which takes several times as long; install zstd'),
  );
  await check('clock', async () => {
    const before = Date.now();
    const seconds = Number(await expectOk(on, ['date', '+%s']));
    const off = Math.abs(seconds - (before + Date.now()) / 2000);
    return off <= clockTolerance
      ? ok(`within ${String(Math.ceil(off))} s of the worker's`)
      : {
          status: 'warning',
          detail: `${formatDuration(off * 1000)} off the worker's`,
          remedy: 'let both synchronise their clocks (chrony, systemd-timesyncd)',
        };
  });
  await check('leftovers', async () => {
    const records = await listHostRecords(on, pathsOf(target));
    return records.length === 0
      ? ok('no operation left anything')
      : {
          status: 'warning',
          detail: `records of ${records.map(({ workflowId }) => workflowId).join(', ')}`,
          remedy: `fine for those that still run; for the others: stackhand operation repair --host ${target.name}`,
        };
  });
  if (
    repository !== undefined ||
    deps.config.defaults.repository !== undefined ||
    Object.keys(deps.config.repositories).length === 1
  ) {
    await check('repository', () => checkRepository(on, target, repository, deps));
  }
  return checks;
}

async function checkRepository(on: Host, target: HostTarget, name: string | undefined, deps: Deps): Promise<Found> {
  const repository = resolveRepository(deps.config, name, target);
  const paths = pathsOf(target);
  const holder = `doctor-${String(process.pid)}`;
  try {
    await acquireMount(on, paths, repository, holder);
    await probeShare(on, paths, repository, holder);
    const { free, total } = await shareSpace(on, repository);
    return ok(
      `${repository.name} (${repository.source}) is writable, ${formatBytes(free)} of ${formatBytes(total)} free`,
    );
  } finally {
    await releaseMount(on, paths, repository, holder);
  }
}

async function programThere(
  on: Host,
  program: string,
  missing: 'failed' | 'warning',
  remedy = `install ${program}`,
): Promise<Found> {
  const { exitCode, stdout } = await on.run(['sh', '-c', 'command -v "$1"', 'sh', program], { deadline: 30 });
  if (exitCode === 0) return ok(stdout.trim());
  return { status: missing, detail: `${program} is not installed`, remedy };
}

async function expectOk(on: Host, argv: readonly string[], options: { sudo?: boolean } = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await on.run(argv, { deadline: 30, ...options });
  if (exitCode !== 0) throw new Error(stderr.trim() || `${argv.join(' ')} ended with code ${String(exitCode)}`);
  return stdout;
}

const ok = (detail: string): Found => ({ status: 'ok', detail });

function explain(error: unknown): Found {
  const detail = error instanceof Error ? error.message : String(error);
  return { status: 'failed', detail, ...(isFault(error) ? { remedy: error.remedy } : {}) };
}

/** Everything runs below `timeout`, which ends a hung command on the host itself. */
export function sudoersLines(user: string): string {
  return `allow it on the host with visudo -f /etc/sudoers.d/stackhand:\n${user} ALL=(root) NOPASSWD: /usr/bin/timeout\n(it reads disks and starts VMs, so this is as good as root: a narrower line would only look narrower)`;
}
