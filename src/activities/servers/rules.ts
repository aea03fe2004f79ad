import { readFile } from 'node:fs/promises';
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { ServerAction } from '../../contracts/server-operation.ts';
import type { ServerRules } from '../../domain/server-verdict.ts';
import { listProjects, listServerGroups } from '../../systems/openstack/index.ts';
import type { Cloud } from './cloud-pool.ts';

/** What decides whether a server may be touched, as it is now. */
export async function rulesFor(cloud: Cloud, action: ServerAction, temporal: string | undefined): Promise<ServerRules> {
  const migrating = action === 'migrate';
  const [own, ownIds, serviceProjects, affinity, movesPinned] = await Promise.all([
    ownAddresses(temporal),
    ownServerIds(),
    serviceProjectsOf(cloud),
    migrating ? strictAffinity(cloud) : {},
    // Train (2.79) is where Nova learned to move what is pinned.
    migrating ? cloud.session.reaches('2.79') : true,
  ]);
  return {
    protectNames: cloud.protect.names,
    protectTags: cloud.protect.tags,
    own,
    ownIds,
    serviceProjects,
    affinity,
    movesPinned,
  };
}

/** Addresses that this worker and its Temporal have, other than loopback. */
async function ownAddresses(address: string | undefined): Promise<Record<string, string>> {
  const own: Record<string, string> = {};
  for (const addresses of Object.values(networkInterfaces()))
    for (const { address, internal } of addresses ?? []) if (!internal) own[address] = 'this worker';
  const temporal = address?.replace(/^\[?(.*?)\]?:\d+$/, '$1');
  if (temporal === undefined || temporal === '') return own;
  const found = await lookup(temporal, { all: true }).catch(() => []);
  for (const { address } of found) if (!/^(127\.|::1$)/.test(address)) own[address] ??= 'Temporal';
  return own;
}

/** Nova writes a server's id into the machine's DMI data (as its UUID): this machine may be one of them. */
async function ownServerIds(): Promise<string[]> {
  const text = await readFile('/sys/class/dmi/id/product_uuid', 'utf8').catch(() => '');
  return text.trim() === '' ? [] : [text.trim().toLowerCase()];
}

/** Magnum, Trove and Octavia keep their servers in the project "service" or "services". */
async function serviceProjectsOf({ session }: Cloud): Promise<string[]> {
  return (await listProjects(session)).filter(({ name }) => /^services?$/.test(name)).map(({ id }) => id);
}

async function strictAffinity({ session }: Cloud): Promise<Record<string, string>> {
  const groups = await listServerGroups(session);
  return Object.fromEntries(
    groups
      .filter(({ policy, members }) => policy === 'affinity' && members.length > 1)
      .flatMap(({ name, members }) => members.map((id) => [id, name])),
  );
}
