import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';
import { hints } from '../conclude.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { detachOption } from './shared.ts';

export function scheduleTrigger(parent: Command, cli: Cli): void {
  define(parent, 'trigger <name>', 'Run a schedule now, also while it is paused, and follow the run.', {
    endings: operationEndings,
    examples: [['after a missed night', 'stackhand schedule trigger nightly']],
  })
    .addOption(detachOption())
    .action(async (name: string, { detach }: { detach?: boolean }) => {
      const { client } = await cli.temporal();
      const { findSchedule } = await import('../schedules.ts');
      const { handle, description } = await findSchedule(client, name);
      const [running] = description.info.runningActions;
      if (running !== undefined)
        throw new Fault('InvalidInput', `schedule ${name} runs already, and never twice at a time`, {
          remedy: `stackhand operation follow ${running.workflow.workflowId}`,
        });
      const before = new Set(description.info.recentActions.map(({ action }) => action.workflow.firstExecutionRunId));
      await handle.trigger();
      const workflowId = await started();
      cli.out.story(`schedule ${name}: ${workflowId}`);
      if (detach !== true) return cli.follow(workflowId);
      for (const hint of hints(workflowId)) cli.out.story(hint);
      cli.out.answer({ name, workflowId }, () => [workflowId]);

      /** The schedule starts it on its own time: a moment later. */
      async function started(): Promise<string> {
        for (let tries = 0; tries < 60; tries += 1) {
          const { info } = await handle.describe();
          const fresh = info.recentActions.find(({ action }) => !before.has(action.workflow.firstExecutionRunId));
          if (fresh !== undefined) return fresh.action.workflow.workflowId;
          await pause(250);
        }
        throw new Fault('TemporalUnreachable', `Temporal took the request, but schedule ${name} has started nothing`, {
          remedy: `stackhand schedule show ${name} tells what became of it`,
        });
      }
    });
}
