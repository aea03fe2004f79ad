import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { operations } from '../contracts/operations.schema.ts';
import type { SearchAttributeName } from '../contracts/search-attributes.ts';

/** An operation as Temporal's visibility lists it. */
export interface Listed {
  readonly workflowId: string;
  readonly type: string;
  /** Of an open one what it does (its phase), of a closed one how it ended. */
  readonly state: string;
  readonly open: boolean;
  readonly operation?: string;
  readonly host?: string;
  readonly vm?: string;
  readonly startedBy?: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endedAt?: string;
}

export interface Filter {
  readonly host?: string | undefined;
  readonly vm?: string | undefined;
  readonly open?: boolean | undefined;
  /** Reads (inspect) too. */
  readonly reads?: boolean | undefined;
  /** Also the operations that others run: the single VMs of several. */
  readonly parts?: boolean | undefined;
}

/** The newest first; the server sorts by the time of their end, with those that run before all. */
export async function* listOperations(client: Client, filter: Filter): AsyncGenerator<Listed> {
  for await (const execution of client.workflow.list({ query: visibilityQuery(filter), pageSize: 100 })) {
    // Parts of an operation are shown with it.
    if (filter.parts === true || execution.parentExecution === undefined) yield listed(execution);
  }
}

/** The first `limit`, and whether there are more. */
export async function firstOperations(
  client: Client,
  filter: Filter,
  limit: number,
): Promise<{ readonly found: readonly Listed[]; readonly more: boolean }> {
  const found: Listed[] = [];
  for await (const each of listOperations(client, filter)) {
    if (found.length === limit) return { found, more: true };
    found.push(each);
  }
  return { found, more: false };
}

export function visibilityQuery({ host, vm, open, reads }: Filter): string {
  const types = Object.keys(operations).filter((type) => reads === true || type !== 'inspect');
  return [
    `WorkflowType IN (${types.map(literal).join(', ')})`,
    ...(host === undefined ? [] : [`StackhandHost = ${literal(host)}`]),
    ...(vm === undefined ? [] : [`StackhandVm = ${literal(vm)}`]),
    ...(open === undefined ? [] : [`ExecutionStatus ${open ? '=' : '!='} 'Running'`]),
  ].join(' AND ');
}

/** A VM's name may hold quotes; a backslash escapes them in visibility queries. */
export const literal = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** What listing and describing have in common. */
type Execution = Omit<WorkflowExecutionInfo, 'raw'>;

const attribute = (execution: Execution, name: SearchAttributeName): string | undefined =>
  execution.typedSearchAttributes.get(defineSearchAttributeKey(name, 'KEYWORD'));

export function listed(execution: Execution): Listed {
  const { workflowId, type, status, startTime, closeTime } = execution;
  const open = status.name === 'RUNNING';
  const known = {
    operation: attribute(execution, 'StackhandOperation'),
    host: attribute(execution, 'StackhandHost'),
    vm: attribute(execution, 'StackhandVm'),
    startedBy: attribute(execution, 'StackhandStartedBy'),
    endedAt: closeTime?.toISOString(),
  };
  return {
    workflowId,
    type,
    state: stateOf(status.name, attribute(execution, 'StackhandState')),
    open,
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    startedAt: startTime.toISOString(),
  };
}

/** What the operation said last counts, except where it was ended without having its say. */
function stateOf(status: string, said: string | undefined): string {
  if (status === 'RUNNING') return said ?? 'starting';
  if (status === 'TERMINATED' || status === 'TIMED_OUT') return status.toLowerCase().replace('_', ' ');
  const ends = ['done', 'partial', 'failed', 'cancelled', 'missed', 'abandoned'];
  if (said !== undefined && ends.includes(said)) return said;
  return status === 'COMPLETED' ? 'done' : status.toLowerCase();
}
