import type { Command } from 'commander';
import { formatAge } from '../../domain/format.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { inZone } from '../render/schedules.ts';
import { columns, oneLine } from '../render/text.ts';

export function scheduleList(parent: Command, cli: Cli): void {
  define(parent, 'list', 'Schedules of operations: when each runs next, how its last run ended, and what it runs.', {
    endings: readEndings,
    examples: [['all of them', 'stackhand schedule list']],
  }).action(async () => {
    const { client } = await cli.temporal();
    const [{ listSchedules, memoOf }, { recentRuns }] = await Promise.all([
      import('../schedules.ts'),
      import('../recent-runs.ts'),
    ]);
    const schedules = await Promise.all(
      (await listSchedules(client)).map(async ({ scheduleId, state, action, spec, info, memo }) => {
        const [last] = await recentRuns(client, info.recentActions.slice(-1));
        return {
          name: scheduleId,
          ...state,
          operation: action?.workflowType,
          ...memoOf({ memo }),
          timezone: spec?.timezone ?? 'UTC',
          next: info.nextActionTimes,
          ...(last === undefined ? {} : { last }),
        };
      }),
    );
    cli.out.answer(schedules, (colour) => {
      if (schedules.length === 0) return ['no schedules'];
      const rows = schedules.map(({ name, paused, next, timezone, command, last }) => [
        name,
        paused ? 'paused' : next[0] === undefined ? 'never' : inZone(next[0], timezone),
        last === undefined ? '-' : `${last.state}, ${formatAge(last.at, new Date())}`,
        oneLine(command ?? '-'),
      ]);
      return columns(['NAME', 'NEXT RUN', 'LAST RUN', 'COMMAND'], rows).map((line, index) =>
        index === 0 ? colour.bold(line) : line,
      );
    });
  });
}
