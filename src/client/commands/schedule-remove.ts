import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { Declined } from '../errors.ts';
import { readEndings } from '../exit-codes.ts';
import { yesOption } from './shared.ts';

export function scheduleRemove(parent: Command, cli: Cli): void {
  define(
    parent,
    'remove <name>',
    'Remove a schedule. A run that goes on ends by itself; past ones stay in operation list.',
    {
      endings: readEndings,
      examples: [['for good', 'stackhand schedule remove nightly']],
    },
  )
    .addOption(yesOption())
    .action(async (name: string, { yes }: { yes?: boolean }) => {
      const { client } = await cli.temporal();
      const { findSchedule, memoOf } = await import('../schedules.ts');
      const { handle, description } = await findSchedule(client, name);
      const command = memoOf(description).command ?? description.action.workflowType;
      if (
        cli.out.settings.interactive &&
        yes !== true &&
        !(await cli.ask.confirm(`Remove schedule ${name} (${command})?`, false))
      )
        throw new Declined();
      await handle.delete();
      cli.out.story(`schedule ${name} is removed; it ran: ${command}`);
      cli.out.answer({ name, removed: true, command }, () => []);
    });
}
