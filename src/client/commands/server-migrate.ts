import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import { hostDrain, serverMigrate as operation } from '../../contracts/server-operation.schema.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { whole } from '../input.ts';
import { runServerOperation, serverEndings } from '../server-operation.ts';
import { addDraining, addMigrating, migrateHow } from './migrate-options.ts';
import type { MigrateOptions } from './migrate-options.ts';
import { addApplying, addSelection } from './server-options.ts';
import type { ApplyOptions, SelectionOptions } from './server-options.ts';

interface Options extends SelectionOptions, ApplyOptions, MigrateOptions {}

export function serverMigrate(parent: Command, cli: Cli): void {
  const command = define(
    parent,
    'migrate',
    'Migrate servers live, to a host or to the choice of the scheduler. A server counts as migrated when it is on another host, in the state it had, and its migration record says completed. With --host it is the same as `host drain`: that host is taken out of scheduling first; no other selection touches a compute service.',
    {
      endings: operationEndings,
      instead: serverEndings,
      schedulable: true,
      examples: [
        ['everything away from a host', 'stackhand server migrate --host compute1'],
        ['two servers to one host', 'stackhand server migrate --name web-01 --name web-02 --to compute7'],
        ['the script of openstack commands', 'stackhand server migrate --project test --to compute7 --format shell'],
      ],
    },
  );
  addApplying(addDraining(addMigrating(addSelection(command))), { count: false })
    .option('--per-target <n>', 'migrations at once to the host of --to', whole(1, 500))
    .action((options: Options) => {
      const drains = options.host !== undefined;
      const about = options.includeArrivals ?? options.keepDisabled ?? options.enableAfter;
      if (!drains && about !== undefined)
        throw new Fault('InvalidInput', '--include-arrivals, --keep-disabled and --enable-after are about --host');
      return runServerOperation(cli, drains ? hostDrain : operation, options, migrateHow(options));
    });
}
