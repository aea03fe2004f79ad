import type { PlannedServer, ServerPlanView } from '../../contracts/server-operation.ts';
import { quote } from '../../domain/quote.ts';
import { oneLine } from './text.ts';

/**
 * A plan as the script that operators know: one `openstack` command a server. It does less than the operation (no look
 * before each, no wait for the end of each, no record); it is for reading, and for where there is no Temporal.
 */
export function planScript({ plan, servers }: ServerPlanView): string {
  const { action, cloud, createdAt, hash } = plan;
  return [
    '#!/bin/sh',
    `# ${action} ${String(servers.length)} servers of the cloud ${oneLine(cloud)}: set OS_CLOUD, or source its adminrc, first.`,
    `# Plan ${plan.operation}, made at ${new Date(createdAt).toISOString()}, hash ${hash}.`,
    'set -e',
    ...(plan.drains === undefined ? [] : [disable(plan, plan.drains)]),
    ...servers.map((server) => `${command(plan, server)} # ${remark(server)}`),
    '',
  ].join('\n');
}

/** A drain begins with it, or new servers come while the old ones go. */
const disable = ({ operation }: ServerPlanView['plan'], host: string): string =>
  `openstack compute service set --disable --disable-reason ${quote(`stackhand ${operation}: host drain`)} ${quote(host)} nova-compute`;

function command({ action, how }: ServerPlanView['plan'], { id, cold }: PlannedServer): string {
  const server = quote(id);
  if (action !== 'migrate') return `openstack server ${action} ${server}`;
  const to = how.to === undefined ? '' : ` --host ${quote(how.to)}`;
  if (cold === true) {
    // A target host came to cold migrations with 2.56; each waits to be confirmed.
    const version = how.to === undefined ? '' : ' --os-compute-api-version 2.56';
    return `openstack${version} server migrate --wait${to} ${server} && openstack server resize confirm ${server}`;
  }
  const block = { auto: '', yes: ' --block-migration', no: ' --shared-migration' }[how.block ?? 'auto'];
  // 2.30 is where the scheduler checks the host that was named; 2.25 is where Nova finds out about the disks itself.
  return `openstack --os-compute-api-version ${how.to === undefined ? '2.25' : '2.30'} server migrate --live-migration${to}${block} ${server}`;
}

const remark = ({ name, host, project }: PlannedServer): string =>
  oneLine(`${name}${host === '' ? '' : ` on ${host}`}, project ${project}`);
