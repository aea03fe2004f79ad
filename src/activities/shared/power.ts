import { CancelledFailure, Context } from '@temporalio/activity';
import { Fault, isFault } from '../../contracts/faults.ts';
import type { HostRecord } from '../../contracts/host-record.ts';
import type { BackupSettings } from '../../contracts/settings.ts';
import type { Domain } from '../../contracts/vm.ts';
import { formatDuration } from '../../domain/format.ts';
import type { Host } from '../../systems/host/host.ts';
import { readGuard } from '../../systems/jobs/guard.ts';
import { readHostRecord, writeHostRecord } from '../../systems/jobs/host-record.ts';
import type { HostPaths } from '../../systems/jobs/paths.ts';
import { destroyDomain, domainState, requestShutdown } from '../../systems/libvirt/index.ts';
import { cancelRequested, tell } from './heartbeat.ts';
import { hostClock } from './host-clock.ts';

type Named = Pick<Domain, 'name' | 'uuid'>;
type Request = NonNullable<HostRecord['shutdown']>;

/** Seconds between two requests: a guest that boots, or is busy, may miss the first. */
const askAgainAfter = 20;
/** Seconds that a guest gets when a worker comes back after the deadline. */
const onceMore = 60;
/** Seconds beyond the deadline in which a slow guest may still go off. */
const grace = 15;

const isOff = (state: string | undefined): boolean =>
  state === undefined || state === 'shut off' || state === 'crashed';

/** A shutdown of a VM by an operation. */
interface Shutdown {
  readonly host: Host;
  readonly paths: HostPaths;
  readonly domain: Named;
  readonly operation: string;
}

/**
 * True when the power had to be cut. The time of the first request is on the host, so a retry goes on with
 * what is left of it, or asks once more when nothing is. A VM that the guard has started is never shut down again: the guard is asked before the first look, since a retry would
 * else write down a new deadline, and before whatever touches the VM.
 *
 * @throws Fault GuardActed, ShutdownTimedOut; VmRefused for a late attempt
 */
export async function powerDown(
  host: Host,
  paths: HostPaths,
  domain: Named,
  operation: string,
  settings: Pick<BackupSettings, 'shutdownTimeout' | 'forceOff'>,
): Promise<boolean> {
  const shutdown: Shutdown = { host, paths, domain, operation };
  await guardWaits(shutdown);
  const request = await noteRequest(shutdown, settings.shutdownTimeout);
  let askedAt = -Infinity;
  let forced = false;
  for (;;) {
    if (Context.current().cancellationSignal.aborted && !cancelRequested()) detach();
    if (isOff(await domainState(host, domain.uuid))) break;
    const { bootId, uptime } = await hostClock(host);
    if (bootId !== request.bootId) {
      throw new Fault('HostUnreachable', `the host was rebooted before ${domain.name} had powered off`, {
        where: host.name,
      });
    }
    if (uptime >= request.until) {
      await giveUp(shutdown, request, settings);
      forced = true;
      break;
    }
    if (uptime - askedAt >= askAgainAfter && !cancelRequested()) {
      await mayTouch(shutdown, request);
      await requestShutdown(host, domain.uuid);
      askedAt = uptime;
    }
    tell({ note: `waiting for ${domain.name} to power off, ${formatDuration((request.until - uptime) * 1000)} left` });
    await pause(1000);
  }
  // The request has come to its outcome: a VM that runs later was started since, and nobody has to wait for it.
  await forgetRequest(host, paths, operation, request);
  if (cancelRequested()) throw new CancelledFailure('cancelled while the VM powered off');
  return forced;
}

async function giveUp(
  shutdown: Shutdown,
  request: Request,
  settings: Pick<BackupSettings, 'shutdownTimeout' | 'forceOff'>,
): Promise<void> {
  const { host, domain } = shutdown;
  if (cancelRequested()) throw new CancelledFailure('cancelled; the VM did not power off');
  if (!settings.forceOff) {
    throw new Fault(
      'ShutdownTimedOut',
      `${domain.name} did not power off within ${formatDuration(settings.shutdownTimeout * 1000)}`,
      { where: host.name },
    );
  }
  await mayTouch(shutdown, request);
  await destroyDomain(host, domain.uuid);
}

/** An attempt of a worker that was stopped for long wakes up when others have gone on: its request is gone by then. */
async function mayTouch(shutdown: Shutdown, request: Request): Promise<void> {
  const { host, paths, domain, operation } = shutdown;
  await guardWaits(shutdown);
  const now = (await readHostRecord(host, paths, operation))?.shutdown;
  if (isSame(now, request)) return;
  throw new Fault('VmRefused', `this shutdown of ${domain.name} has come to its outcome before: a late attempt`, {
    where: host.name,
  });
}

async function guardWaits({ host, paths, domain, operation }: Shutdown): Promise<void> {
  if ((await readGuard(host, paths, operation)) !== 'acted') return;
  throw new Fault('GuardActed', `no worker was there for too long, so ${host.name} started ${domain.name} by itself`, {
    where: host.name,
  });
}

/** Waits until a shutdown requested by this operation has come to its outcome, or its time is over. */
export async function settled(host: Host, paths: HostPaths, domain: Named, operation: string): Promise<void> {
  for (;;) {
    if (isOff(await domainState(host, domain.uuid))) return;
    const requested = (await readHostRecord(host, paths, operation))?.shutdown;
    if (requested === undefined) return;
    const { bootId, uptime } = await hostClock(host);
    if (requested.bootId !== bootId || uptime >= requested.until + grace) return;
    tell({ note: `a shutdown of ${domain.name} is still under way` });
    await pause(1000);
  }
}

/** When this shutdown counts as failed; kept in the host's record from the first try on. */
async function noteRequest({ host, paths, domain, operation }: Shutdown, timeout: number): Promise<Request> {
  const record = await readHostRecord(host, paths, operation);
  if (record === undefined) {
    throw new Fault('VmRefused', `the operation has let go of ${domain.name} before: a late attempt`, {
      where: host.name,
    });
  }
  const { bootId, uptime } = await hostClock(host);
  const before = record.shutdown?.bootId === bootId ? record.shutdown : undefined;
  if (before !== undefined && before.until > uptime) return before;
  // Past its deadline it is asked once more: the request before may never have come to the guest.
  const request = { bootId, until: uptime + (before === undefined ? timeout : Math.min(timeout, onceMore)) };
  await writeHostRecord(host, paths, { ...record, shutdown: request, broughtDown: true });
  return request;
}

/**
 * From then on no attempt of this shutdown touches the VM: it comes before the VM is started again. `request`: only
 * this one. A disk that is full must not keep the VM off, so it is no reason to fail.
 */
export async function forgetRequest(host: Host, paths: HostPaths, operation: string, request?: Request): Promise<void> {
  const record = await readHostRecord(host, paths, operation);
  if (record?.shutdown === undefined) return;
  if (request !== undefined && !isSame(record.shutdown, request)) return;
  const { shutdown: _, ...rest } = record;
  try {
    await writeHostRecord(host, paths, rest);
  } catch (error) {
    if (!isFault(error) || error.type !== 'CommandFailed') throw error;
  }
}

const isSame = (one: Request | undefined, other: Request): boolean =>
  one?.bootId === other.bootId && one.until === other.until;

// Not Context.sleep: that one ends with a cancel, and a request that was made must be awaited.
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function detach(): never {
  throw new CancelledFailure('the worker let go of this shutdown; the next one goes on waiting');
}
