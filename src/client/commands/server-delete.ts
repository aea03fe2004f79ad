import type { Command } from 'commander';
import { serverDelete as operation } from '../../contracts/server-operation.schema.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { runServerOperation, serverEndings } from '../server-operation.ts';
import { addApplying, addSelection } from './server-options.ts';
import type { ApplyOptions, SelectionOptions } from './server-options.ts';

interface Options extends SelectionOptions, ApplyOptions {
  readonly includeLocked?: boolean;
  readonly includeManaged?: boolean;
}

export function serverDelete(parent: Command, cli: Cli): void {
  const command = define(
    parent,
    'delete',
    'Delete servers: exactly those of the plan that was shown, whose number is typed or given with --confirm-count. The plan tells which volumes die with each and which stay, and which floating IPs and ports are left; the report lists what is left by id.',
    {
      endings: operationEndings,
      instead: serverEndings,
      schedulable: true,
      examples: [
        [
          'the servers of a test project: shows the plan and asks for their number',
          'stackhand server delete --project test',
        ],
        ['from a script that knows how many there are', 'stackhand server delete --project test --confirm-count 12'],
      ],
    },
  );
  addApplying(
    addSelection(command)
      .option('--include-locked', 'also servers that are locked')
      .option('--include-managed', 'also servers that Heat, Octavia, Magnum or Trove look after'),
    { count: true },
  ).action((options: Options) => {
    const { includeLocked, includeManaged } = options;
    return runServerOperation(cli, operation, options, { includeLocked, includeManaged });
  });
}
