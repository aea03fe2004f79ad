import type { Command } from 'commander';
import { formatDuration } from '../../domain/format.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { inZone, nextRuns } from '../render/schedules.ts';
import { oneLine } from '../render/text.ts';

export function scheduleShow(parent: Command, cli: Cli): void {
  define(parent, 'show <name>', 'One schedule: its times, its next runs, and how the last ones ended.', {
    endings: readEndings,
    examples: [['did it run last night?', 'stackhand schedule show nightly']],
  }).action(async (name: string) => {
    const { client } = await cli.temporal();
    const [{ findSchedule, memoOf }, { recentRuns }] = await Promise.all([
      import('../schedules.ts'),
      import('../recent-runs.ts'),
    ]);
    const { description } = await findSchedule(client, name);
    const { info, spec, state, policies } = description;
    const timezone = spec.timezone ?? 'UTC';
    const runs = await recentRuns(client, info.recentActions);
    const answer = {
      name,
      ...memoOf(description),
      operation: description.action.workflowType,
      ...state,
      timezone,
      window: policies.catchupWindow / 1000,
      next: info.nextActionTimes,
      runs,
      missed: info.numActionsMissedCatchupWindow,
      skipped: info.numActionsSkippedOverlap,
    };
    cli.out.answer(answer, (colour) => [
      `${colour.bold(name)}  ${oneLine(answer.command ?? description.action.workflowType)}`,
      `state     ${state.paused ? `paused${state.note === undefined ? '' : `: ${oneLine(state.note)}`}` : 'active'}`,
      `window    ${formatDuration(policies.catchupWindow)}`,
      ...nextRuns(info.nextActionTimes, timezone),
      ...(answer.missed > 0 ? [colour.yellow(`missed    ${String(answer.missed)} while Temporal was away`)] : []),
      ...(answer.skipped > 0 ? [colour.yellow(`skipped   ${String(answer.skipped)} since one was still running`)] : []),
      ...runs.map(
        ({ workflowId, state, at }) =>
          `ran       ${inZone(new Date(at), timezone)}  ${state === 'done' ? colour.green(state) : colour.yellow(state)}  ${oneLine(workflowId)}`,
      ),
    ]);
  });
}
