import { Context } from '@temporalio/activity';
import type { HostTarget } from '../contracts/targets.ts';
import type { Domain } from '../contracts/vm.ts';
import { armGuard, disarmGuard, renewGuard } from '../systems/jobs/guard.ts';
import { renewRepositoryLease } from '../systems/jobs/repository.ts';
import type { Repository } from '../systems/jobs/repository.ts';
import type { Deps } from './shared/deps.ts';
import { pathsOf } from './shared/deps.ts';
import { vmDirectory } from './shared/lease-directory.ts';

/** Seconds between two renewals of the guard. */
const renewEvery = 3;
/** A repository lease counts as stale after 30 minutes. */
const renewLeaseEvery = 120;

export const guardActivities = ({ host }: Deps) => ({
  /**
   * Arms the dead man's switch of a VM on its host.
   * Effect: a guard process (a systemd unit where systemd is). Key: the operation. A retry finds it armed and leaves
   * it. Cancel: arms all the same; the undo disarms. Permanent: GuardActed when it has acted before, VmRefused for an
   * attempt that comes after the operation has let go.
   */
  async armGuard(
    target: HostTarget,
    domain: Pick<Domain, 'name' | 'uuid'>,
    operation: string,
    after: number,
  ): Promise<void> {
    const { name, uuid } = domain;
    await armGuard(host(target), pathsOf(target), { operation, domain: { name, uuid }, after });
  },

  /**
   * Says to the host, until it is cancelled, that a worker which can reach Temporal is there. A worker that has lost
   * Temporal doesn't renew: nobody would come back to start the VM.
   * Effect: renewed guard and repository lease. Key: the operation; renewing twice is renewing. Cancel: ends at once.
   * Returns 'acted' when the guard had started the VM. Host and share may be away: the next renewal tries again.
   */
  async holdGuard(target: HostTarget, place: Repository & { path: string }, operation: string): Promise<'acted'> {
    const context = Context.current();
    const on = host(target);
    let leaseRenewedAt = -Infinity;
    for (;;) {
      context.cancellationSignal.throwIfAborted();
      if (await temporalAnswers(context)) {
        const state = await renewGuard(on, pathsOf(target), operation).catch(() => undefined);
        if (state === 'acted') return 'acted';
        // Not awaited: a share that hangs must not keep the guard from being renewed.
        if (Date.now() - leaseRenewedAt >= renewLeaseEvery * 1000) {
          leaseRenewedAt = Date.now();
          renewRepositoryLease(on, place, vmDirectory(place.path), operation).catch(() => undefined);
        }
      }
      await context.sleep(renewEvery * 1000);
    }
  },

  /**
   * Ends the guard. Key: the operation. A retry finds none, which is fine. Cancel: disarms all the same.
   * Returns what it had done by then. Permanent: none.
   */
  async disarmGuard(target: HostTarget, operation: string): Promise<'armed' | 'acted' | 'absent'> {
    return disarmGuard(host(target), pathsOf(target), operation);
  },
});

async function temporalAnswers(context: Context): Promise<boolean> {
  try {
    await context.client.connection.workflowService.getSystemInfo({});
    return true;
  } catch {
    return false;
  }
}
