import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { whoAsks } from '../who.ts';

export function schedulePause(parent: Command, cli: Cli): void {
  define(parent, 'pause <name>', 'Start no further run; one that runs goes on.', {
    endings: readEndings,
    examples: [['during maintenance', 'stackhand schedule pause nightly --reason "new storage"']],
  })
    .option('--reason <text>', 'shown by schedule show and the Web UI')
    .action(async (name: string, { reason }: { reason?: string }) => {
      const { client } = await cli.temporal();
      const { findSchedule } = await import('../schedules.ts');
      const { handle } = await findSchedule(client, name);
      await handle.pause(`${reason ?? 'paused'} (${whoAsks()})`);
      cli.out.story(`schedule ${name} is paused; go on with: stackhand schedule resume ${name}`);
      cli.out.answer({ name, paused: true }, () => []);
    });
}
