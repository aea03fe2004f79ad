import type { ServerPlanView } from '../contracts/server-operation.ts';
import type { Cli } from './cli.ts';

/** A whole plan, from the records of the worker that made it. */
export async function wholePlan(cli: Cli, operation: string): Promise<ServerPlanView> {
  const first = await cli.inspect<'server plan'>({ what: 'server plan', operation, page: 0 });
  const servers = [...first.servers];
  const leftAlone = [...first.leftAlone];
  for (let { next } = first; next !== undefined;) {
    const more = await cli.inspect<'server plan'>({ what: 'server plan', operation, page: next });
    servers.push(...more.servers);
    leftAlone.push(...more.leftAlone);
    next = more.next;
  }
  return { plan: first.plan, servers, leftAlone };
}
