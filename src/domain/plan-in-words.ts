import type { ServerPlan } from '../contracts/server-operation.ts';
import { counted } from './format.ts';

/** "12 servers of 3 hosts". */
export function serversOfHosts({ servers, hosts }: Pick<ServerPlan, 'servers' | 'hosts'>): string {
  const named = Object.keys(hosts).filter((host) => host !== '').length;
  const of = named === 0 ? '' : ` of ${counted(named, 'host')}`;
  return `${counted(servers, 'server')}${of}`;
}

/** "12 servers of 3 hosts; 4 left alone: 3 is stopped already, 1 locked". */
export function planInWords(plan: ServerPlan): string {
  const { leftAlone, reasons, unusedExcludes } = plan;
  const why = Object.entries(reasons)
    .sort(([, one], [, other]) => other - one)
    .map(([reason, count]) => `${String(count)} ${reason}`)
    .join(', ');
  const left = leftAlone === 0 ? '' : `; ${String(leftAlone)} left alone: ${why}`;
  const unused = unusedExcludes.length === 0 ? '' : `; nothing is excluded by ${unusedExcludes.join(', ')}`;
  return `${serversOfHosts(plan)}${left}${unused}`;
}
