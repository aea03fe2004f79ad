import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import { handlers } from '../../contracts/operation.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { given, whole } from '../input.ts';

interface Options {
  readonly parallel?: number;
  readonly perHost?: number;
}

export function operationLimit(parent: Command, cli: Cli): void {
  define(parent, 'limit [id]', 'Change how many servers an operation has in work at once, while it runs.', {
    endings: readEndings,
    examples: [['the cloud groans', 'stackhand operation limit 1f3c9a2e --parallel 5']],
  })
    .option('--parallel <n>', 'servers in work at once', whole(1, 500))
    .option('--per-host <n>', 'servers in work at once, of one compute host', whole(1, 500))
    .action(async (id: string | undefined, options: Options) => {
      const limits = given<Options>({ parallel: options.parallel, perHost: options.perHost });
      if (Object.keys(limits).length === 0)
        throw new Fault('InvalidInput', 'say what is to change: --parallel, --per-host or both');
      const workflowId = await cli.find(id, { open: true });
      await (await cli.open(workflowId)).signal(handlers.limits, limits);
      cli.out.story(`${workflowId}: what is in work goes on, what follows keeps to it`);
      cli.out.answer({ workflowId, limits }, () => []);
    });
}
