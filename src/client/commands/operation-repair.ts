import type { Command } from 'commander';
import { operationRepair as operation } from '../../contracts/operation-repair.schema.ts';
import type { OperationRepair } from '../../contracts/operation-repair.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { given } from '../input.ts';
import { chosenHost, detachOption, hostOption, reasonOption } from './shared.ts';

interface Options {
  readonly host?: string;
  readonly force?: boolean;
  readonly detach?: boolean;
  readonly reason?: string;
}

export function operationRepair(parent: Command, cli: Cli): void {
  define(
    parent,
    'repair [id]',
    'Put back what ended operations left on a host, after a terminate or an abandon: VM, job, partial backup, mount, guard. Without an id, of all of them.',
    {
      endings: operationEndings,
      schedulable: true,
      examples: [
        ['whatever is left on a host', 'stackhand operation repair --host kvm1'],
        ['what one operation left', 'stackhand operation repair 1f3c9a2e --host kvm1'],
        ['left by the Temporal of a laptop that is gone', 'stackhand operation repair --host kvm1 --force'],
      ],
    },
  )
    .addOption(hostOption())
    .option('--force', 'also what belongs to another Temporal, whose end can not be seen from here')
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (id: string | undefined, options: Options) => {
      const host = await chosenHost(cli, options.host);
      // Whole ids go as they are: this Temporal may never have heard of what another one left.
      const whole = id === undefined || /^[0-9a-f-]{36}$|\//.test(id);
      const named = whole ? id : await cli.find(id, {});
      await cli.start(operation, given<OperationRepair>({ host, operation: named, force: options.force }), options);
    });
}
