import type { Command } from 'commander';
import { handlers } from '../../contracts/operation.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';

export function operationPause(parent: Command, cli: Cli): void {
  define(parent, 'pause [id]', 'Begin no further step: what is in flight ends, and it waits for `operation resume`.', {
    endings: readEndings,
    examples: [['before work on the share', 'stackhand operation pause 1f3c9a2e']],
  }).action(async (id: string | undefined) => {
    const workflowId = await cli.find(id, { open: true });
    await (await cli.open(workflowId)).signal(handlers.pause);
    cli.out.story(
      `${workflowId} begins nothing more until it is resumed; what it has begun goes on, and what is off stays off`,
    );
    cli.out.answer({ workflowId, asked: 'pause' }, () => []);
  });
}
