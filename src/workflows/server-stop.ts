import type { ServerOperation, ServersResult } from '../contracts/server-operation.ts';
import { serverTitle } from '../contracts/server-titles.ts';
import { actOnServers } from './servers/runbook.ts';
import { operate } from './shared/operate.ts';

/** Stops every server of an approved plan, and keeps on record which of them ran before. */
export const serverStop = operate<ServerOperation, ServersResult>(
  (input) => serverTitle('stop', input),
  (input, op) => actOnServers('stop', input, op),
);
