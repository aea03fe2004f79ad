import type { Command } from 'commander';
import { serverStop as operation } from '../../contracts/server-operation.schema.ts';
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

export function serverStop(parent: Command, cli: Cli): void {
  const command = define(
    parent,
    'stop',
    'Stop servers, as Nova does it: it asks the guest to power off, and cuts the power itself after shutdown_timeout (60 s; the image property os_shutdown_timeout says otherwise). Waits for SHUTOFF, and remembers which of them ran, for `server start --stopped-by`.',
    {
      endings: operationEndings,
      instead: serverEndings,
      schedulable: true,
      examples: [
        ['everything on a compute host: shows the plan and asks', 'stackhand server stop --host compute1'],
        ['only the plan', 'stackhand server stop --project test --plan-only'],
        ['from a script', 'stackhand server stop --host compute1 --yes --canary 1 --max-failures 5%'],
        ['the script of openstack commands', 'stackhand server stop --host compute1 --format shell'],
      ],
    },
  );
  addApplying(
    addSelection(command)
      .option('--include-locked', 'also servers that are locked')
      .option('--include-managed', 'also servers that Heat, Octavia, Magnum or Trove look after'),
    { count: false },
  ).action((options: Options) => {
    const { includeLocked, includeManaged } = options;
    return runServerOperation(cli, operation, options, { includeLocked, includeManaged });
  });
}
