import type { Command } from 'commander';
import { handlers } from '../../contracts/operation.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';

export function operationResume(parent: Command, cli: Cli): void {
  define(parent, 'resume [id]', 'Let a paused operation go on, or try what is stuck now.', {
    endings: readEndings,
    examples: [
      ['after work on the share', 'stackhand operation resume 1f3c9a2e'],
      ['what kept an operation that needs you is repaired', 'stackhand operation resume 1f3c9a2e'],
    ],
  }).action(async (id: string | undefined) => {
    const workflowId = await cli.find(id, { open: true });
    await (await cli.open(workflowId)).signal(handlers.resume);
    cli.out.story(`${workflowId} goes on`);
    cli.out.answer({ workflowId, asked: 'resume' }, () => []);
  });
}
