import { Fault } from '../../contracts/faults.ts';
import type { ComputeHost } from '../../contracts/server.ts';
import { computeHostNamed } from '../../domain/compute-host-name.ts';
import { listComputeHosts, setScheduling } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';

/** How every reason of ours begins; what follows is the operation's id. */
const ours = 'stackhand ';
const reasonOf = (operation: string): string => `${ours}${operation}: host drain`;

/** Taken out of scheduling by an operation of ours, which a restore takes back. */
export const disabledByUs = ({ enabled, disabledReason = '' }: ComputeHost): boolean =>
  !enabled && disabledReason.startsWith(ours);

/** @throws Fault UnknownComputeHost */
export async function computeHost({ session }: Cloud, name: string): Promise<ComputeHost> {
  const hosts = await listComputeHosts(session);
  const full = computeHostNamed(
    name,
    hosts.map((host) => host.name),
  );
  return hosts.find((host) => host.name === full) as ComputeHost;
}

/** False where somebody had disabled it already: their reason stays, and they enable it. */
export async function disableScheduling(cloud: Cloud, name: string, operation: string): Promise<boolean> {
  const host = await computeHost(cloud, name);
  if (!host.up) throw new Fault('ComputeHostDown', `${host.name} is down`, { where: host.name });
  const reason = reasonOf(operation);
  if (!host.enabled) return host.disabledReason === reason;
  await setScheduling(cloud.session, host, { enabled: false, reason });
  return true;
}

/** False where it is disabled for another reason than ours. */
export async function enableScheduling(cloud: Cloud, name: string, operation: string | undefined): Promise<boolean> {
  const host = await computeHost(cloud, name);
  if (host.enabled) return true;
  const mine = operation === undefined ? disabledByUs(host) : host.disabledReason === reasonOf(operation);
  if (!mine) return false;
  await setScheduling(cloud.session, host, { enabled: true });
  return true;
}
