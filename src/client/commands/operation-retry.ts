import type { Command } from 'commander';
import type { ServerOperation } from '../../contracts/server-operation.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { operationId } from '../operation-id.ts';
import { operationOf, serverEndings } from '../server-operation.ts';
import { approvalSaid, limitsOf } from './server-options.ts';
import type { ApplyOptions } from './server-options.ts';
import { detachOption, reasonOption, yesOption } from './shared.ts';
import { whole } from '../input.ts';

export function operationRetry(parent: Command, cli: Cli): void {
  define(
    parent,
    'retry [id]',
    'Do again what an operation on servers did not get done: the failed and those not begun, as a new plan that is approved like any other.',
    {
      endings: operationEndings,
      instead: serverEndings,
      examples: [
        ['look at what is left to do, then decide', 'stackhand operation retry 1f3c9a2e'],
        ['without being asked', 'stackhand operation retry 1f3c9a2e --yes'],
      ],
    },
  )
    .addOption(yesOption())
    .option('--confirm-count <n>', 'agree to a deletion of exactly so many servers', whole(1, 1_000_000))
    .option('--parallel <n>', 'servers in work at once', whole(1, 500))
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (id: string | undefined, options: ApplyOptions) => {
      const failed = await operationId(cli, id);
      const { plan } = await cli.inspect<'server plan'>({ what: 'server plan', operation: failed, page: 0 });
      const limits = limitsOf(options);
      const approved = approvalSaid(options);
      const input: ServerOperation = {
        cloud: plan.cloud,
        source: { from: 'failed', operation: failed },
        how: plan.how,
        ...(limits === undefined ? {} : { limits }),
        ...(approved === undefined ? {} : { approved }),
      };
      const { detach, reason } = options;
      await cli.start(operationOf(plan), input, { detach, reason });
    });
}
