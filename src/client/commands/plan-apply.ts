import type { Command } from 'commander';
import type { ServerOperation } from '../../contracts/server-operation.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { whole } from '../input.ts';
import { checkUnchanged, readPlanFile } from '../plan-file.ts';
import { wholePlan } from '../plan-view.ts';
import { operationOf, serverEndings } from '../server-operation.ts';
import { approvalSaid, limitsOf } from './server-options.ts';
import type { ApplyOptions } from './server-options.ts';
import { detachOption, reasonOption, yesOption } from './shared.ts';

/** `stackhand plan apply FILE`. */
export function planApply(parent: Command, cli: Cli): void {
  define(
    parent,
    'apply <file>',
    'Apply a plan that was saved with --plan-only --out FILE: exactly its servers. A file that was edited, or whose plan is too old, is refused; the worker that made it has to have its records.',
    {
      endings: operationEndings,
      instead: serverEndings,
      examples: [
        ['show it again, and ask', 'stackhand plan apply rack7.json'],
        ['a deletion, from a script', 'stackhand plan apply cleanup.yaml --confirm-count 12'],
      ],
    },
  )
    .addOption(yesOption())
    .option('--confirm-count <n>', 'agree to a deletion of exactly so many servers', whole(1, 1_000_000))
    .option('--parallel <n>', 'servers in work at once', whole(1, 500))
    .option('--per-host <n>', 'servers in work at once, of one compute host', whole(1, 500))
    .option('--canary <n>', 'so many first; if one of them fails nothing more is begun', whole(1, 1000))
    .option('--max-failures <n>', 'begin nothing more once more than so many failed: a number, or 10%')
    .option('--no-wait', 'end at once where another operation has one of the hosts')
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (file: string, options: ApplyOptions) => {
      const saved = readPlanFile(file);
      const kept = await wholePlan(cli, saved.plan.operation);
      checkUnchanged(saved, kept);
      const { operation, hash, cloud } = kept.plan;
      const limits = limitsOf(options);
      const approved = approvalSaid(options);
      const input: ServerOperation = {
        cloud,
        source: { from: 'plan', operation, hash },
        ...(limits === undefined ? {} : { limits }),
        ...(approved === undefined ? {} : { approved }),
        ...(options.wait === false ? { noWait: true } : {}),
      };
      const { detach, reason } = options;
      await cli.start(operationOf(kept.plan), input, { detach, reason });
    });
}
