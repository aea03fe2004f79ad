import { CancelledFailure, Context } from '@temporalio/activity';
import { Fault } from '../../contracts/faults.ts';
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

/** Seconds between two requests: a guest that boots, or is busy, may miss the first. */
const askAgainAfter = 20;
/** Seconds beyond the deadline in which a slow guest may still go off. */
const grace = 15;

const isOff = (state: string | undefined): boolean =>
  state === undefined || state === 'shut off' || state === 'crashed';

/**
 * True when the power had to be cut. The time of the first request is on the host, so a retry doesn't begin anew. A VM
 * that the guard has started is never shut down again: the guard is asked before the first look, since a retry would
 * else write down a new deadline, and before whatever touches the VM.
 *
 * @throws Fault GuardActed, ShutdownTimedOut
 */
export async function powerDown(
  host: Host,
  paths: HostPaths,
  domain: Named,
  operation: string,
  settings: Pick<BackupSettings, 'shutdownTimeout' | 'forceOff'>,
): Promise<boolean> {
  await guardWaits(host, paths, domain, operation);
  const until = await noteRequest(host, paths, operation, settings.shutdownTimeout);
  let askedAt = -Infinity;
  for (;;) {
    if (Context.current().cancellationSignal.aborted && !cancelRequested()) detach();
    if (isOff(await domainState(host, domain.uuid))) break;
    const { uptime } = await hostClock(host);
    if (uptime >= until) return giveUp(host, paths, domain, operation, settings);
    if (uptime - askedAt >= askAgainAfter && !cancelRequested()) {
      await guardWaits(host, paths, domain, operation);
      await requestShutdown(host, domain.uuid);
      askedAt = uptime;
    }
    tell({ note: `waiting for ${domain.name} to power off, ${formatDuration((until - uptime) * 1000)} left` });
    await pause(1000);
  }
  // The request has come to its outcome: a VM that runs later was started since, and nobody has to wait for it.
  await forgetRequest(host, paths, operation);
  if (cancelRequested()) throw new CancelledFailure('cancelled while the VM powered off');
  return false;
}

async function giveUp(
  host: Host,
  paths: HostPaths,
  domain: Named,
  operation: string,
  settings: Pick<BackupSettings, 'shutdownTimeout' | 'forceOff'>,
): Promise<boolean> {
  if (cancelRequested()) throw new CancelledFailure('cancelled; the VM did not power off');
  if (!settings.forceOff) {
    throw new Fault(
      'ShutdownTimedOut',
      `${domain.name} did not power off within ${formatDuration(settings.shutdownTimeout * 1000)}`,
      { where: host.name },
    );
  }
  await guardWaits(host, paths, domain, operation);
  await destroyDomain(host, domain.uuid);
  return true;
}

async function guardWaits(host: Host, paths: HostPaths, domain: Named, operation: string): Promise<void> {
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

/** The uptime at which this shutdown counts as failed; kept in the host's record from the first try on. */
async function noteRequest(host: Host, paths: HostPaths, operation: string, timeout: number): Promise<number> {
  const record = await readHostRecord(host, paths, operation);
  const { bootId, uptime } = await hostClock(host);
  if (record?.shutdown?.bootId === bootId && record.shutdown.until > uptime) return record.shutdown.until;
  const until = uptime + timeout;
  if (record !== undefined) await writeHostRecord(host, paths, { ...record, shutdown: { bootId, until } });
  return until;
}

async function forgetRequest(host: Host, paths: HostPaths, operation: string): Promise<void> {
  const record = await readHostRecord(host, paths, operation);
  if (record?.shutdown === undefined) return;
  const { shutdown: _, ...rest } = record;
  await writeHostRecord(host, paths, rest);
}

// Not Context.sleep: that one ends with a cancel, and a request that was made must be awaited.
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function detach(): never {
  throw new CancelledFailure('the worker let go of this shutdown; the next one goes on waiting');
}
