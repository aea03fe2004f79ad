import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import { serverStart as operation } from '../../contracts/server-operation.schema.ts';
import type { PlanSource } from '../../contracts/server-operation.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { operationId } from '../operation-id.ts';
import { runServerOperation, serverEndings } from '../server-operation.ts';
import { addApplying, addSelection, selectionOf } from './server-options.ts';
import type { ApplyOptions, SelectionOptions } from './server-options.ts';

interface Options extends SelectionOptions, ApplyOptions {
  readonly stoppedBy?: string;
  readonly any?: boolean;
}

export function serverStart(parent: Command, cli: Cli): void {
  const command = define(
    parent,
    'start',
    'Start servers: those that a stop of ours stopped and that were running before, never what its owner had stopped. --any starts every stopped one of a selection. Waits for ACTIVE. The records tell, so it works weeks later.',
    {
      endings: operationEndings,
      instead: serverEndings,
      schedulable: true,
      examples: [
        ['what one stop stopped, last stopped first', 'stackhand server start --stopped-by 1f3c9a2e'],
        ['what stops of ours stopped on a host', 'stackhand server start --host compute1'],
        ['whatever is stopped there, whoever stopped it', 'stackhand server start --host compute1 --any'],
      ],
    },
  );
  addApplying(
    addSelection(command)
      .option('--stopped-by <operation>', 'those that this operation stopped, in reverse order')
      .option('--any', 'every stopped server of the selection, whoever stopped it'),
    { count: false },
  ).action(async (options: Options) => {
    const source = await sourceOf(cli, options);
    return runServerOperation(cli, operation, options, {}, source);
  });
}

async function sourceOf(cli: Cli, options: Options): Promise<PlanSource> {
  const selection = selectionOf(options);
  if (options.stoppedBy !== undefined) {
    if (selection !== undefined || options.any === true)
      throw new Fault('InvalidInput', '--stopped-by says which servers: it does not go with a selection or --any');
    return { from: 'stopped', operation: await operationId(cli, options.stoppedBy) };
  }
  if (selection === undefined)
    throw new Fault('InvalidInput', 'say which servers: --stopped-by OPERATION, or a selection such as --host', {
      remedy: 'stackhand operation list shows the stops',
    });
  return { from: 'selection', selection, ...(options.any === true ? {} : { stoppedByUs: true }) };
}
