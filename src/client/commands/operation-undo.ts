import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import { hostRestore } from '../../contracts/server-operation.schema.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { operationId } from '../operation-id.ts';
import { operationOf, serverEndings } from '../server-operation.ts';
import { approvalSaid } from './server-options.ts';
import { detachOption, reasonOption, yesOption } from './shared.ts';

export function operationUndo(parent: Command, cli: Cli): void {
  define(
    parent,
    'undo [id]',
    'Plan the reverse of a stop (start what it stopped and what ran before, in reverse order) or of a drain (as `host restore`). Approved like any other plan. What was deleted can not be brought back.',
    {
      endings: operationEndings,
      instead: serverEndings,
      examples: [['after the maintenance', 'stackhand operation undo 1f3c9a2e']],
    },
  )
    .addOption(yesOption())
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (id: string | undefined, options: { yes?: boolean; reason?: string; detach?: boolean }) => {
      const done = await operationId(cli, id);
      const { plan } = await cli.inspect<'server plan'>({ what: 'server plan', operation: done, page: 0 });
      const { detach, reason } = options;
      const said = approvalSaid(options);
      const approved = said === undefined ? {} : { approved: said };
      if (plan.drains !== undefined) {
        const back = { cloud: plan.cloud, host: plan.drains, drain: done, ...approved };
        return cli.start(hostRestore, back, { detach, reason });
      }
      if (plan.action !== 'stop')
        throw new Fault('InvalidInput', `a ${plan.action} has no undo`, {
          remedy: 'stackhand operation show tells what it did',
        });
      const input = { cloud: plan.cloud, source: { from: 'stopped' as const, operation: done }, ...approved };
      return cli.start(operationOf({ action: 'start' }), input, { detach, reason });
    });
}
