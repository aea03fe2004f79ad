import type { ServerOperation, ServersResult } from '../contracts/server-operation.ts';
import { serverTitle } from '../contracts/server-titles.ts';
import { actOnServers } from './servers/runbook.ts';
import { operate } from './shared/operate.ts';

/** Deletes exactly the servers of an approved plan, whose number somebody confirmed; tells what they leave behind. */
export const serverDelete = operate<ServerOperation, ServersResult>(
  (input) => serverTitle('delete', input),
  (input, op) => actOnServers('delete', input, op),
);
