import { Fault } from '../../contracts/faults.ts';
import type { Server } from '../../contracts/server.ts';
import type { ServerSelection } from '../../contracts/server-operation.ts';
import { computeHostNamed } from '../../domain/compute-host-name.ts';
import { selectServers } from '../../domain/select-servers.ts';
import type { SelectedServers } from '../../domain/select-servers.ts';
import { listComputeHosts, listProjects, listServers } from '../../systems/openstack/index.ts';
import type { Project } from '../../systems/openstack/index.ts';
import { projectNamed } from '../shared/project-named.ts';
import type { Cloud } from './cloud-pool.ts';

/** By host, then by name: neighbours are of one host, and a person finds them. */
const byHost = (one: Server, other: Server): number =>
  compare(one.host ?? '', other.host ?? '') || compare(one.name, other.name) || compare(one.id, other.id);
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/**
 * The servers that a selection means, by host and name, and the full name of its host.
 * `mayBeEmpty`: a host without servers is fine, as for one that is drained.
 * @throws Fault UnknownComputeHost, UnknownProject, NothingSelected, HostFilterIgnored, CloudForbidden
 */
export async function findSelected(
  selection: ServerSelection,
  cloud: Cloud,
  { mayBeEmpty = false } = {},
): Promise<SelectedServers & { readonly host?: string }> {
  const [host, project] = await Promise.all([hostOf(selection.host, cloud), projectOf(selection.project, cloud)]);
  const allProjects = await cloud.lists.seesAll();
  if (project !== undefined && !allProjects && project.id !== (await cloud.session.token()).projectId)
    throw new Fault('CloudForbidden', `this user sees no other project than its own, so not ${project.name}`);
  const seen = await listServers(cloud.session, {
    allProjects,
    ...(host === undefined ? {} : { host }),
    ...(project === undefined || !allProjects ? {} : { projectId: project.id }),
  });
  if (mayBeEmpty && host !== undefined && seen.length === 0) return { chosen: [], unusedExcludes: [], host };
  const { chosen, unusedExcludes } = selectServers(seen, selection);
  return { chosen: [...chosen].sort(byHost), unusedExcludes, ...(host === undefined ? {} : { host }) };
}

/** Exact or unique; those who may not list the hosts have to name it exactly, and Nova's answer is checked. */
async function hostOf(wanted: string | undefined, { session, lists }: Cloud): Promise<string | undefined> {
  if (wanted === undefined || !(await lists.seesAll())) return wanted;
  const hosts = await listComputeHosts(session);
  return computeHostNamed(
    wanted,
    hosts.map(({ name }) => name),
  );
}

async function projectOf(wanted: string | undefined, { session }: Cloud): Promise<Project | undefined> {
  if (wanted === undefined) return undefined;
  return projectNamed(wanted, await listProjects(session));
}
