import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowIdReusePolicy } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { SearchAttributePair } from '@temporalio/common';
import type { Operation, Request } from '../contracts/operation.ts';
import { taskQueue } from '../contracts/operation.ts';
import { keyword } from '../contracts/search-attributes.ts';
import type { SearchAttributeName } from '../contracts/search-attributes.ts';
import { oneLine } from './render/text.ts';
import { whoAsks } from './who.ts';
import { inTime } from './in-time.ts';

export interface StartOptions {
  /** Why, for the audit line and the Web UI. */
  readonly reason?: string | undefined;
}

/** Starts it and gives its workflow id. Nothing has happened on any host when this returns. */
export async function startOperation<I>(
  client: Client,
  operation: Operation<I>,
  input: I,
  { reason }: StartOptions = {},
): Promise<string> {
  const request: Request<I> = { input, startedBy: whoAsks(), ...(reason === undefined ? {} : { reason }) };
  const workflowId = `${readableId(operation, input)}/${randomBytes(4).toString('hex')}`;
  await inTime(client, () =>
    client.workflow.start(operation.type, { workflowId, ...executionOptions(operation, request) }),
  );
  return workflowId;
}

/** What commands and schedules give every execution. */
export function executionOptions<I>(operation: Operation<I>, request: Request<I>) {
  return {
    taskQueue,
    args: [request],
    staticSummary: keyword(operation.title(request.input), 380),
    staticDetails: asked(request),
    typedSearchAttributes: attributes(operation, request),
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
  };
}

/** For the Web UI's details; in an own paragraph, since what a person writes is no Markdown of ours. */
const asked = ({ startedBy, reason }: Request<unknown>): string =>
  `Asked for by ${startedBy}${reason === undefined ? '' : `:\n\n> ${oneLine(reason)}`}`;

/** Short enough for what is appended to it: the short id here, a time and a name for scheduled runs. */
export const readableId = <I>(operation: Operation<I>, input: I): string => keyword(operation.workflowId(input), 120);

function attributes<I>(operation: Operation<I>, { input, startedBy }: Request<I>): SearchAttributePair[] {
  const { host, vm, cloud } = operation.tags(input);
  const values: Partial<Record<SearchAttributeName, string | undefined>> = {
    StackhandState: 'starting',
    StackhandStartedBy: startedBy,
    StackhandHost: host,
    StackhandVm: vm,
    StackhandCloud: cloud,
  };
  return Object.entries(values)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => ({ key: defineSearchAttributeKey(name, 'KEYWORD'), value: keyword(value) }));
}
