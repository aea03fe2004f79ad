import { WorkflowNotFoundError } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { Fault } from '../contracts/faults.ts';
import { formatAge } from '../domain/format.ts';
import { nearest } from '../domain/nearest.ts';
import type { Cli } from './cli.ts';
import { shortest } from './conclude.ts';
import { firstOperations, listOperations, literal } from './operations.ts';
import type { Filter } from './operations.ts';
import { oneLine } from './render/text.ts';
import { inTime } from './in-time.ts';

/** How far back a short id is looked for. */
const searched = 5000;

/**
 * The workflow id that a person means: a whole workflow id, the eight characters at its end, or an operation id or its
 * beginning, as the titles of what follows from it say it.
 * Without any, on a terminal, asks for one of those that `filter` lets through.
 */
export async function findOperation(cli: Cli, id: string | undefined, filter: Filter): Promise<string> {
  const { client } = await cli.temporal();
  if (id === undefined) return ask(cli, client, filter);
  if (id.includes('/') && (await exists(client, id))) return id;
  const found = /^[0-9a-f-]{36}$/.test(id)
    ? await byOperation(client, `= ${literal(id)}`)
    : await byShortId(client, id);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only !== undefined)
    throw new Fault('UnknownOperation', `"${id}" means several operations`, { candidates: found });
  const { found: recent } = await firstOperations(client, {}, 200);
  throw new Fault('UnknownOperation', `there is no operation "${id}"`, {
    candidates: nearest(
      id,
      recent.map(({ workflowId }) => shortest(workflowId)),
    ),
  });
}

async function ask(cli: Cli, client: Client, filter: Filter): Promise<string> {
  if (!cli.out.settings.interactive) throw new Fault('InvalidInput', 'say which operation: its id is missing');
  const { found } = await firstOperations(client, filter, 50);
  if (found.length === 0)
    throw new Fault('UnknownOperation', filter.open === true ? 'no operation is open' : 'there is no operation yet');
  return cli.ask.one(
    'Which operation?',
    found.map(({ workflowId, state, startedAt }) => ({
      value: workflowId,
      label: oneLine(workflowId),
      hint: `${state}, started ${formatAge(startedAt, new Date())}`,
    })),
  );
}

async function exists(client: Client, workflowId: string): Promise<boolean> {
  try {
    await inTime(client, () => client.workflow.getHandle(workflowId).describe());
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function byOperation(client: Client, condition: string): Promise<string[]> {
  const found = [];
  const query = `StackhandOperation ${condition}`;
  for await (const { workflowId } of client.workflow.list({ query, pageSize: 10 })) found.push(workflowId);
  return found;
}

/** What a workflow id ends with, or an operation id begins with; a few characters of either do, as in git. */
async function byShortId(client: Client, short: string): Promise<string[]> {
  if (short.length < 4) return [];
  const ended = await bySuffix(client, short);
  return ended.length > 0 ? ended : byOperation(client, `STARTS_WITH ${literal(short)}`);
}

/** Whose last part begins so. Visibility knows no suffixes, so the newest are gone through. */
async function bySuffix(client: Client, suffix: string): Promise<string[]> {
  const found: string[] = [];
  let seen = 0;
  for await (const { workflowId } of listOperations(client, { reads: true, parts: true })) {
    if (workflowId.slice(workflowId.lastIndexOf('/') + 1).startsWith(suffix)) found.push(workflowId);
    if ((seen += 1) >= searched) break;
  }
  return found;
}
