import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import { stamped } from '../../contracts/format.ts';
import type { Host } from '../host/host.ts';
import { checkedName } from './job-ref.ts';
import { below, type HostPaths } from './paths.ts';
import { loadScript, runScript } from './script.ts';
import { parseState, stateFiles } from './state-files.ts';

/** Who holds a VM on its host. */
export interface DomainLease {
  readonly operation: string;
  readonly workflowId: string;
}

const schema: z.ZodType<DomainLease> = z.object({ operation: z.string(), workflowId: z.string() });
const files = stateFiles('domains', 'domain lease', schema);
const script = loadScript('lease', ['checks', 'call', 'format']);

/**
 * Leases a VM to an operation, at `<state>/domains/<uuid>.json`: what workflow ids exclude inside one Temporal, this
 * excludes for all that reach the host. It survives a reboot of the host. Taking one's own again is fine.
 *
 * @throws VmRefused, naming the holder
 */
export async function takeDomainLease(host: Host, paths: HostPaths, uuid: string, holder: DomainLease): Promise<void> {
  const { operation, workflowId } = holder;
  const held = await change(
    host,
    paths,
    uuid,
    operation,
    JSON.stringify(stamped('domain lease', { operation, workflowId })),
  );
  if (held === undefined) return;
  throw new Fault(
    'VmRefused',
    `the VM is held on ${host.name} by ${held.workflowId} (operation ${held.operation}), of this Temporal or another`,
    {
      where: host.name,
      remedy: `wait for its end; if it has ended already: stackhand operation repair ${held.operation}`,
    },
  );
}

/** Drops an operation's lease. Idempotent; the lease of another operation stays. */
export async function dropDomainLease(host: Host, paths: HostPaths, uuid: string, operation: string): Promise<void> {
  await change(host, paths, uuid, operation, '');
}

export function readDomainLease(host: Host, paths: HostPaths, uuid: string): Promise<DomainLease | undefined> {
  return files.get(host, paths, uuid);
}

/** Takes or, with an empty lease, drops; returns the lease of another operation that is in the way. */
async function change(
  host: Host,
  paths: HostPaths,
  uuid: string,
  operation: string,
  lease: string,
): Promise<DomainLease | undefined> {
  const directory = below(paths.state, 'domains');
  const input = Buffer.from(lease);
  const args = [directory, checkedName(uuid), checkedName(operation), String(input.length)];
  const { stdout } = await runScript(host, script, args, { input });
  const [answer, content = ''] = stdout.split('\n', 2);
  if (answer === 'taken' || answer === 'dropped') return undefined;
  return parseState(host, `${directory}/${uuid}.json`, content, 'domain lease', schema);
}
