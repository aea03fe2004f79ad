import type { HostTarget } from '../../contracts/targets.ts';

/** The command that shows more, as it is typed on a machine from which the worker's hosts are reached. */
export function onHost(target: HostTarget, command: string): string {
  const asRoot = target.sudo ? `sudo ${command}` : command;
  if (target.transport === 'local') return asRoot;
  const port = target.port === 22 ? '' : `-p ${String(target.port)} `;
  const jump = target.proxyJump === undefined ? '' : `-J ${target.proxyJump} `;
  return `ssh ${jump}${port}${target.user}@${target.address} ${asRoot}`;
}
