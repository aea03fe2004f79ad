import { Fault } from '../../contracts/faults.ts';
import type { Server } from '../../contracts/server.ts';
import type { ServerHow } from '../../contracts/server-operation.ts';
import { listComputeHosts, listRoom } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';
import { disabledByUs } from './scheduling.ts';

/** Nova's largest usual ram_allocation_ratio: what doesn't fit even with it has no room at all. */
const overcommit = 1.5;

/**
 * Whether there is anywhere to go, before anything is begun.
 * `restores`: the target is put back into scheduling first, where it was us who took it out.
 *
 * @throws Fault ComputeHostDown for a source that is dead; NoRoom where no host may or can take even the smallest
 */
export async function checkRoom(
  servers: readonly Server[],
  { to }: ServerHow,
  drained: string | undefined,
  { session }: Cloud,
  { restores }: { readonly restores: boolean },
): Promise<void> {
  const [hosts, room] = await Promise.all([listComputeHosts(session), listRoom(session)]);
  const source = hosts.find(({ name }) => name === drained);
  if (source !== undefined && !source.up)
    throw new Fault('ComputeHostDown', `${source.name} is down${source.forcedDown ? ' (forced)' : ''}`, {
      where: source.name,
    });
  if (servers.length === 0) return;
  const smallest = Math.min(...servers.map(({ flavor }) => flavor.ram));
  const sources = new Set(servers.map(({ host }) => host));
  const candidates = hosts.filter(({ name }) =>
    to === undefined ? !(sources.size === 1 && sources.has(name)) : name === to,
  );
  const why = (host: (typeof hosts)[number]): string | undefined => {
    if (!host.up) return 'is down';
    if (!host.enabled && !(restores && disabledByUs(host)))
      return `is disabled${host.disabledReason === undefined ? '' : ` (${host.disabledReason})`}`;
    const found = room.find((each) => each.host === host.name);
    return found !== undefined && found.ram * overcommit - found.ramUsed < smallest ? 'is full' : undefined;
  };
  const reasons = candidates.map((host) => [host.name, why(host)] as const);
  if (reasons.some(([, reason]) => reason === undefined)) return;
  const list = reasons.slice(0, 6).map(([name, reason]) => `${name} ${reason ?? ''}`);
  throw new Fault(
    'NoRoom',
    reasons.length === 0
      ? 'there is no other compute host to migrate to'
      : `no host can take them: ${list.join(', ')}${reasons.length > 6 ? ` and ${String(reasons.length - 6)} more` : ''}`,
  );
}
