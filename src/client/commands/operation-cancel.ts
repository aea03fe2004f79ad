import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';

export function operationCancel(parent: Command, cli: Cli): void {
  define(
    parent,
    'cancel [id]',
    'Ask an operation to stop and put back what it holds: its VM runs again first, then the job ends, the partial backup goes, the share is unmounted. Of servers: nothing more is begun, what Nova took is awaited, and the report says what was done.',
    {
      endings: operationEndings,
      instead: { done: 'asked; with --wait: cancelled and put back, or it had been done before' },
      examples: [
        ['and see how it puts back', 'stackhand operation cancel 1f3c9a2e --wait'],
        ['choose one of those that run', 'stackhand operation cancel'],
      ],
    },
  )
    .option('--wait', 'follow it until it ended')
    .action(async (id: string | undefined, { wait }: { wait?: boolean }) => {
      const workflowId = await cli.find(id, { open: true });
      await (await cli.open(workflowId)).cancel();
      cli.out.story(`asked ${workflowId} to stop; it puts back what it holds first, which can take a while`);
      if (wait !== true) return cli.out.answer({ workflowId, asked: 'cancel' }, () => []);
      await cli.follow(workflowId, { cancelled: 'done' });
    });
}
