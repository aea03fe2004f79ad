import { Fault } from '../contracts/faults.ts';
import type { Operation } from '../contracts/operation.ts';
import { operations } from '../contracts/operations.schema.ts';
import type { PlanSource, ServerHow, ServerOperation, ServerPlan } from '../contracts/server-operation.ts';
import { serverOperationType } from '../contracts/server-titles.ts';
import type { Cli } from './cli.ts';
import { checkScheduled, operationInput, selectionOf, warnOfShellCloud } from './commands/server-options.ts';
import type { ApplyOptions, SelectionOptions } from './commands/server-options.ts';
import type { Ending } from './exit-codes.ts';

/** What exit codes mean where many servers are acted on. */
export const serverEndings: Partial<Record<Ending, string>> = {
  done: 'every server of the plan is done, or there was nothing to do',
  partial: 'some are done; others failed, were left alone or not begun',
  failed: 'none is done',
  cancelled: 'cancelled, or not agreed to; what was in flight was awaited',
};

/** The operation that does it; a plan that empties a host is a drain. */
export function operationOf({ action, drains }: Pick<ServerPlan, 'action' | 'drains'>): Operation<ServerOperation> {
  const type = drains === undefined ? serverOperationType(action) : 'hostDrain';
  const found = operations[type];
  if (found === undefined) throw new Error(`there is no operation ${type}`);
  return found;
}

/** Starts one of the operations on servers, as the command line says; by default on a selection. */
export async function runServerOperation(
  cli: Cli,
  operation: Operation<ServerOperation>,
  options: SelectionOptions & ApplyOptions,
  how: { readonly [K in keyof ServerHow]: ServerHow[K] | undefined },
  source: PlanSource = selectedBy(options),
): Promise<void> {
  checkScheduled(cli, options);
  warnOfShellCloud(cli, options.cloud);
  if ((options.out !== undefined || options.format !== undefined) && options.planOnly !== true)
    throw new Fault('InvalidInput', '--out and --format are about plans', { remedy: 'say --plan-only too' });
  const input = operationInput(options, source, how as ServerHow);
  const { detach, reason, out, format } = options;
  await cli.start(operation, input, {
    detach,
    reason,
    ...(options.planOnly === true ? { plan: { file: out, format } } : {}),
  });
}

const selectedBy = (options: SelectionOptions): PlanSource => ({
  from: 'selection',
  // The schema says what is missing.
  selection: selectionOf(options) ?? {},
});
