import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { inZone } from '../render/schedules.ts';
import { columns, oneLine } from '../render/text.ts';

export function scheduleList(parent: Command, cli: Cli): void {
  define(parent, 'list', 'Schedules of operations: when each runs next, and what.', {
    endings: readEndings,
    examples: [['all of them', 'stackhand schedule list']],
  }).action(async () => {
    const { client } = await cli.temporal();
    const { listSchedules, memoOf } = await import('../schedules.ts');
    const schedules = (await listSchedules(client)).map((schedule) => ({
      name: schedule.scheduleId,
      paused: schedule.state.paused,
      ...(schedule.state.note === undefined ? {} : { note: schedule.state.note }),
      operation: schedule.action?.workflowType,
      ...memoOf(schedule),
      timezone: schedule.spec?.timezone ?? 'UTC',
      next: schedule.info.nextActionTimes,
      lastStarted: schedule.info.recentActions.at(-1)?.action.workflow.workflowId,
    }));
    cli.out.answer(schedules, (colour) => {
      if (schedules.length === 0) return ['no schedules'];
      const rows = schedules.map(({ name, paused, next, timezone, command }) => [
        name,
        paused ? 'paused' : next[0] === undefined ? 'never' : inZone(next[0], timezone),
        oneLine(command ?? '-'),
      ]);
      return columns(['NAME', 'NEXT RUN', 'COMMAND'], rows).map((line, index) =>
        index === 0 ? colour.bold(line) : line,
      );
    });
  });
}
