import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { approveAtGate } from '../approve.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { whole } from '../input.ts';
import { yesOption } from './shared.ts';

export function operationApprove(parent: Command, cli: Cli): void {
  define(
    parent,
    'approve [id]',
    'Agree to the plan that an operation waits with: shows it and asks. Who agreed, and when, goes on the record.',
    {
      endings: readEndings,
      examples: [
        ['look at the plan, then decide', 'stackhand operation approve 1f3c9a2e'],
        ['a deletion of 12 servers, from a script', 'stackhand operation approve 1f3c9a2e --confirm-count 12'],
      ],
    },
  )
    .addOption(yesOption())
    .option('--confirm-count <n>', 'agree if it has exactly so many servers', whole(1, 1_000_000))
    .action(async (id: string | undefined, options: { yes?: boolean; confirmCount?: number }) => {
      const workflowId = await cli.find(id, { open: true });
      await cli.open(workflowId);
      const approval = await approveAtGate(cli, workflowId, options);
      cli.out.story(`approved: ${workflowId} goes on`);
      cli.out.answer({ workflowId, approval }, () => []);
    });
}
