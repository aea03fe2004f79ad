import type { Server } from '../contracts/server.ts';
import type { ServerAction, ServerHow } from '../contracts/server-operation.ts';
import { nameMatcher } from './glob.ts';

/** What this cloud has that no mass operation may touch, and what an operation stands on. */
export interface ServerRules {
  readonly protectNames: readonly string[];
  readonly protectTags: readonly string[];
  /** Addresses of the worker and of Temporal, with what each is: "this worker". */
  readonly own: Readonly<Record<string, string>>;
  /** Ids of servers that this machine is. */
  readonly ownIds: readonly string[];
  /** Ids of projects whose servers a service looks after. */
  readonly serviceProjects: readonly string[];
  /** Servers in a strict affinity group with others, by id: the group's name. */
  readonly affinity: Readonly<Record<string, string>>;
  /** False below Train (2.79), where Nova moved no pinned CPUs. */
  readonly movesPinned: boolean;
}

/** Undefined: it is acted on. Otherwise why it is left alone: first a short reason that is counted, then the rest. */
export interface LeftAlone {
  readonly reason: string;
  readonly more?: string;
}

/**
 * Whether an action may be asked of a server as it is now. Asked when the plan is made, and again before each effect.
 */
export function whyLeftAlone(
  action: ServerAction,
  server: Server,
  how: ServerHow,
  rules: ServerRules,
): LeftAlone | undefined {
  // What a stop or a delete takes from its owner, a start or a migration does not.
  const takesAway = action === 'stop' || action === 'delete';
  return (
    protectedBy(server, rules) ??
    (takesAway ? standsOn(server, rules) : undefined) ??
    (takesAway && how.includeManaged !== true ? managedBy(server, rules) : undefined) ??
    (takesAway && how.includeLocked !== true ? lockOf(server) : undefined) ??
    taskOf(server) ??
    stateOf(action, server, how) ??
    deadHost(action, server) ??
    (action === 'migrate' ? (atTarget(server, how) ?? unmovable(server, how, rules)) : undefined)
  );
}

export const leftAloneText = ({ reason, more }: LeftAlone): string =>
  more === undefined ? reason : `${reason}: ${more}`;

function protectedBy({ name, tags }: Server, { protectNames, protectTags }: ServerRules): LeftAlone | undefined {
  const pattern = protectNames.find((glob) => nameMatcher(glob)(name));
  if (pattern !== undefined) return { reason: 'protected by the config', more: `name ${pattern}` };
  const tag = protectTags.find((each) => tags.includes(each));
  return tag === undefined ? undefined : { reason: 'protected by the config', more: `tag ${tag}` };
}

function standsOn({ id, addresses }: Server, { own, ownIds }: ServerRules): LeftAlone | undefined {
  if (ownIds.includes(id)) return { reason: 'what this operation stands on', more: 'it is the machine of this worker' };
  const address = addresses.find((each) => Object.hasOwn(own, each));
  return address === undefined
    ? undefined
    : { reason: 'what this operation stands on', more: `${address} is the address of ${own[address] ?? ''}` };
}

/**
 * Heat marks with metadata what its autoscaling makes (metering.stack); other servers of a stack show no sign of it.
 * Octavia names its servers amphora-<uuid>, Magnum and Trove keep theirs in a service project.
 */
function managedBy({ name, metadata, projectId }: Server, { serviceProjects }: ServerRules): LeftAlone | undefined {
  const managed = (by: string): LeftAlone => ({ reason: `managed by ${by}`, more: '--include-managed takes it too' });
  if (Object.hasOwn(metadata, 'metering.stack')) return managed('Heat');
  if (/^amphora-[0-9a-f-]{36}$/.test(name)) return managed('Octavia');
  if (Object.hasOwn(metadata, 'magnum_cluster_uuid')) return managed('Magnum');
  if (Object.hasOwn(metadata, 'trove_project_id') || Object.hasOwn(metadata, 'trove_instance_id'))
    return managed('Trove');
  return serviceProjects.includes(projectId) ? managed('a service, in its project') : undefined;
}

const lockOf = ({ locked }: Server): LeftAlone | undefined =>
  locked ? { reason: 'locked', more: '--include-locked takes it too' } : undefined;

const taskOf = ({ taskState }: Server): LeftAlone | undefined =>
  taskState === null ? undefined : { reason: 'a task in flight', more: taskState };

function stateOf(action: ServerAction, { status }: Server, how: ServerHow): LeftAlone | undefined {
  const wrong = (more?: string): LeftAlone => ({
    reason: `in state ${status}`,
    ...(more === undefined ? {} : { more }),
  });
  switch (action) {
    case 'stop':
      if (status === 'SHUTOFF') return { reason: 'already stopped' };
      return status === 'ACTIVE' ? undefined : wrong('only what is ACTIVE can be stopped');
    case 'start':
      if (status === 'ACTIVE') return { reason: 'already running' };
      return status === 'SHUTOFF' ? undefined : wrong('only what is SHUTOFF can be started');
    case 'delete':
      return status === 'SOFT_DELETED' || status === 'DELETED' ? { reason: 'already deleted' } : undefined;
    case 'migrate':
      return stateToMigrate(status, how);
  }
}

function stateToMigrate(status: string, { cold, includeStopped }: ServerHow): LeftAlone | undefined {
  if (status === 'SHUTOFF')
    return cold === true || includeStopped === true
      ? undefined
      : { reason: 'stopped', more: '--include-stopped migrates it cold' };
  if (status === 'ACTIVE' || status === 'PAUSED')
    return cold === true ? { reason: 'running', more: '--cold is about stopped servers' } : undefined;
  if (status === 'VERIFY_RESIZE') return { reason: 'an unconfirmed resize', more: 'confirm or revert it first' };
  return { reason: `in state ${status}`, more: 'only ACTIVE, PAUSED and SHUTOFF can be migrated' };
}

/** Asked of a dead host, a stop stays queued and happens when the host comes back: hours later, unasked. */
function deadHost(action: ServerAction, { hostStatus, host }: Server): LeftAlone | undefined {
  if (action === 'delete' || hostStatus === undefined) return undefined;
  return hostStatus === 'DOWN' || hostStatus === 'UNKNOWN'
    ? { reason: 'on a compute host that is down', more: `${host ?? ''} is ${hostStatus}` }
    : undefined;
}

const atTarget = ({ host }: Server, { to }: ServerHow): LeftAlone | undefined =>
  to !== undefined && host === to ? { reason: 'already on the host it is to go to' } : undefined;

function unmovable(server: Server, how: ServerHow, { affinity, movesPinned }: ServerRules): LeftAlone | undefined {
  const specs = server.flavor.extraSpecs;
  const live = server.status !== 'SHUTOFF';
  const group = affinity[server.id];
  if (group !== undefined)
    return { reason: 'in strict affinity', more: `it has to stay with the others of group ${group}` };
  if (!live) return undefined;
  if (Object.hasOwn(specs, 'pci_passthrough:alias'))
    return { reason: 'with a PCI device', more: `flavor ${server.flavor.name}; it can only be migrated cold` };
  if (Object.hasOwn(specs, 'resources:VGPU'))
    return { reason: 'with a virtual GPU', more: `flavor ${server.flavor.name}; it can only be migrated cold` };
  const pinned =
    specs['hw:cpu_policy'] === 'dedicated' ||
    ['hw:numa_nodes', 'hw:mem_page_size'].some((key) => Object.hasOwn(specs, key));
  if (pinned && !movesPinned)
    return { reason: 'with pinned CPUs or memory', more: 'this cloud is older than Train, which learned to move them' };
  if (how.block === 'no' && (server.hasImage || server.flavor.ephemeral > 0))
    return { reason: 'with a local disk', more: '--block auto lets Nova find out whether it has to be copied' };
  return undefined;
}
