import type { ServerOperation, ServersResult } from '../contracts/server-operation.ts';
import { serverTitle } from '../contracts/server-titles.ts';
import { actOnServers } from './servers/runbook.ts';
import { operate } from './shared/operate.ts';

/** Starts every server of an approved plan: by default those that a stop of ours stopped and that had been running. */
export const serverStart = operate<ServerOperation, ServersResult>(
  (input) => serverTitle('start', input),
  (input, op) => actOnServers('start', input, op),
);
