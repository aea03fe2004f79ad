import type { ServerOperation, ServersResult } from '../contracts/server-operation.ts';
import { serverTitle } from '../contracts/server-titles.ts';
import { actOnServers } from './servers/runbook.ts';
import { operate } from './shared/operate.ts';

/** Migrates every server of an approved plan, live or cold; no compute service is touched. */
export const serverMigrate = operate<ServerOperation, ServersResult>(
  (input) => serverTitle('migrate', input),
  (input, op) => actOnServers('migrate', input, op),
);
