import type { Command } from 'commander';
import { handlers } from '../../contracts/operation.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { Declined } from '../errors.ts';
import { readEndings } from '../exit-codes.ts';
import { oneLine } from '../render/text.ts';
import { yesOption } from './shared.ts';

export function operationAbandon(parent: Command, cli: Cli): void {
  define(
    parent,
    'abandon [id]',
    'Give up an undo that can not come to its end, for example since the host is gone for good: what it holds stays as it is until `operation repair`. Of servers: wait no longer for what Nova took; the records say how far each had come.',
    {
      endings: readEndings,
      examples: [['the host burnt down', 'stackhand operation abandon 1f3c9a2e']],
    },
  )
    .addOption(yesOption())
    .action(async (id: string | undefined, { yes }: { yes?: boolean }) => {
      const workflowId = await cli.find(id, { open: true });
      const handle = await cli.open(workflowId);
      const question = `Give up ${oneLine(workflowId)}? What it holds stays: a VM off, a share mounted, a host out of scheduling.`;
      if (cli.out.settings.interactive && yes !== true && !(await cli.ask.confirm(question, false)))
        throw new Declined();
      await handle.signal(handlers.abandon);
      cli.out.story(`${workflowId} gives up its undo; stackhand operation repair puts back later what it left`);
      cli.out.answer({ workflowId, asked: 'abandon' }, () => []);
    });
}
