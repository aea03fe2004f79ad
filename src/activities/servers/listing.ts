import type { ComputeHostSummary, InspectResults, ServerListing } from '../../contracts/inspect.ts';
import type { ServerSelection } from '../../contracts/server-operation.ts';
import { listComputeHosts, listProjects, listRoom } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';
import { findSelected } from './find-selected.ts';

/** Lines that one payload holds. */
const most = 5000;

export async function listSelected(cloud: Cloud, selection: ServerSelection): Promise<ServerListing> {
  const [{ chosen, unusedExcludes }, projects] = await Promise.all([
    findSelected(selection, cloud),
    listProjects(cloud.session),
  ]);
  const named = new Map(projects.map(({ id, name }) => [id, name]));
  return {
    cloud: cloud.name,
    total: chosen.length,
    unusedExcludes,
    servers: chosen.slice(0, most).map(({ id, name, host, status, taskState, locked, tags, projectId }) => ({
      ...{ id, name, status, taskState, locked, tags },
      ...(host === undefined ? {} : { host }),
      project: named.get(projectId) ?? projectId,
    })),
  };
}

export async function hostsWithRoom({ name, session }: Cloud): Promise<InspectResults['compute hosts']> {
  const [hosts, room] = await Promise.all([listComputeHosts(session), listRoom(session)]);
  return {
    cloud: name,
    hosts: hosts.map((host): ComputeHostSummary => {
      const found = room.find((each) => each.host === host.name);
      if (found === undefined) return host;
      const { host: _, ...rest } = found;
      return { ...host, ...rest };
    }),
  };
}
