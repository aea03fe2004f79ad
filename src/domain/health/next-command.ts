import type { HostTarget } from '../../contracts/targets.ts';
import { quoteAll } from '../quote.ts';

/** The command that shows more, as it is typed on a machine from which the worker's hosts are reached. */
export function onHost(target: HostTarget, command: readonly string[]): string {
  const asRoot = target.sudo ? ['sudo', ...command] : command;
  if (target.transport === 'local') return quoteAll(asRoot);
  const port = target.port === 22 ? [] : ['-p', String(target.port)];
  const jump = target.proxyJump === undefined ? [] : ['-J', target.proxyJump];
  const login = ['ssh', ...jump, ...port, `${target.user}@${target.address}`];
  // The shell over there reads the words once more.
  const plain = quoteAll(asRoot) === asRoot.join(' ');
  return quoteAll([...login, ...(plain ? asRoot : [quoteAll(asRoot)])]);
}
