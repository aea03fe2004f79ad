import type { Check } from '../../contracts/inspect.ts';
import { isFault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { resolveRepository } from '../../config/resolve-repository.ts';
import { formatBytes, formatDuration } from '../../domain/format.ts';
import type { Host } from '../../systems/host/host.ts';
import { acquireMount, probeShare, shareSpace } from '../../systems/jobs/mounts.ts';
import { domainNames } from '../../systems/libvirt/index.ts';
import type { Deps } from './deps.ts';
import { pathsOf } from './deps.ts';
import { leaveRecord } from './leave-record.ts';
import type { Holder } from './leave-record.ts';
import { findLeftovers } from './leftovers.ts';
import { releaseChecked } from './release-checked.ts';

type Found = Omit<Check, 'name'>;

/** Seconds by which clocks may differ before dates of backups mislead. */
const clockTolerance = 60;

/** One line for each thing that an operation on this host will need, with its remedy. */
export async function checkHost(
  target: HostTarget,
  repository: string | undefined,
  holder: Holder,
  deps: Deps,
): Promise<Check[]> {
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
  for (const program of ['tar', 'bash', 'flock', 'findmnt', 'timeout', 'sha256sum']) {
    await check(program, () => programThere(on, program, 'failed'));
  }
  await check('zstd', () =>
    programThere(on, 'zstd', 'warning', 'backups use gzip, which takes several times as long; install zstd'),
  );
  await check('qemu-img', () =>
    programThere(
      on,
      'qemu-img',
      'warning',
      'VMs with qcow2 images are neither backed up nor restored; install qemu-utils',
    ),
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
  await check('leftovers', () => checkLeftovers(on, target, holder));
  if (
    repository !== undefined ||
    deps.config.defaults.repository !== undefined ||
    Object.keys(deps.config.repositories).length === 1
  ) {
    await check('repository', () => checkRepository(on, target, repository, holder, deps));
  }
  return checks;
}

/** What still runs has left nothing yet. */
async function checkLeftovers(on: Host, target: HostTarget, { operation }: Holder): Promise<Found> {
  const { records, strays } = await findLeftovers(on, pathsOf(target), operation);
  const ended = records.filter(({ state }) => state !== 'open');
  const found = [
    ...ended.map(({ record, state }) => `${record.workflowId}${state === 'unknown' ? " (not this Temporal's)" : ''}`),
    ...strays.map((lease) => `the mount of ${lease.source} on ${lease.mountPoint}, leased by ${lease.operation}`),
  ];
  if (found.length === 0) return ok('no ended operation left anything');
  return {
    status: 'warning',
    detail: `left behind: ${found.join(', ')}`,
    remedy: `stackhand operation repair --host ${target.name}`,
  };
}

/** On record like any operation, so that a worker's death in the middle leaves no lease that nobody knows of. */
async function checkRepository(
  on: Host,
  target: HostTarget,
  name: string | undefined,
  holder: Holder,
  deps: Deps,
): Promise<Found> {
  const repository = resolveRepository(deps.config, name, target);
  const paths = pathsOf(target);
  await leaveRecord(on, paths, repository, holder);
  try {
    await acquireMount(on, paths, repository, holder.operation);
    await probeShare(on, paths, repository, holder.operation);
    const { free, total } = await shareSpace(on, repository);
    return ok(
      `${repository.name} (${repository.source}) is writable, ${formatBytes(free)} of ${formatBytes(total)} free`,
    );
  } finally {
    await releaseChecked(on, paths, holder.operation);
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
