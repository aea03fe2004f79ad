import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { nextRuns } from '../render/schedules.ts';
import { whoAsks } from '../who.ts';

export function scheduleResume(parent: Command, cli: Cli): void {
  define(parent, 'resume <name>', 'Let a paused schedule go on. Runs of the meantime are not made up for.', {
    endings: readEndings,
    examples: [['after maintenance', 'stackhand schedule resume nightly']],
  }).action(async (name: string) => {
    const { client } = await cli.temporal();
    const { findSchedule } = await import('../schedules.ts');
    const { handle } = await findSchedule(client, name);
    await handle.unpause(`resumed (${whoAsks()})`);
    const { info, spec } = (await findSchedule(client, name)).description;
    cli.out.story(`schedule ${name} goes on`);
    cli.out.answer({ name, paused: false, next: info.nextActionTimes }, () =>
      nextRuns(info.nextActionTimes, spec.timezone ?? 'UTC'),
    );
  });
}
