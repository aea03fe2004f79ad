import type { Command } from 'commander';
import { hostDrain as operation } from '../../contracts/server-operation.schema.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import type { Ending } from '../exit-codes.ts';
import { operationEndings } from '../exit-codes.ts';
import { runServerOperation } from '../server-operation.ts';
import { addDraining, addMigrating, migrateHow } from './migrate-options.ts';
import type { MigrateOptions } from './migrate-options.ts';
import { addApplying, cloudOption } from './server-options.ts';
import type { ApplyOptions } from './server-options.ts';

interface Options extends ApplyOptions, MigrateOptions {
  readonly cloud?: string;
}

const drainEndings: Partial<Record<Ending, string>> = {
  done: 'the host is empty',
  partial: 'servers are left behind; the host is back in scheduling',
  failed: 'none was moved; the host is back in scheduling',
  cancelled: 'cancelled, or not agreed to; the host is back in scheduling',
};

export function hostDrain(parent: Command, cli: Cli): void {
  const command = define(
    parent,
    'drain <host>',
    'Empty a compute host before its maintenance: takes it out of scheduling, migrates every server away (locked and paused ones too), and looks again until nothing is left. Leaves it out of scheduling when it is empty, puts it back when servers are left behind or it is cancelled. A host that is down is refused.',
    {
      endings: operationEndings,
      instead: drainEndings,
      schedulable: true,
      examples: [
        ['show the plan, ask, and empty it', 'stackhand host drain compute1'],
        ['stopped servers too, one at a time', 'stackhand host drain compute1 --include-stopped --parallel 1'],
        ['only the plan', 'stackhand host drain compute1 --plan-only'],
      ],
    },
  ).addOption(cloudOption());
  addApplying(addDraining(addMigrating(command)), { count: false }).action((host: string, options: Options) =>
    runServerOperation(cli, operation, { ...options, host }, migrateHow(options)),
  );
}
