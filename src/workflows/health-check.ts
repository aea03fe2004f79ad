import { isCancellation } from '@temporalio/workflow';
import { healthCheckTitle, healthScope } from '../contracts/health.ts';
import type { HealthCheck, HealthCheckResult } from '../contracts/health.ts';
import type { News } from '../domain/health/news.ts';
import { checkPlaces } from './health/check-places.ts';
import { countsText } from '../domain/health/counts-text.ts';
import { failureText } from './shared/failure.ts';
import type { Op } from './shared/op.ts';
import { operate } from './shared/operate.ts';

/** Looks at everything that the config names, and says what is new. */
export const healthCheck = operate<HealthCheck, HealthCheckResult>(healthCheckTitle, async (input, op) => {
  // Two that count would both tell what is new, and one position in the logs would be lost.
  if (input.commit === true) await op.lock('health');
  const startedAt = Date.now();
  // Registered before anything is kept, and done by the runbook itself where all goes well.
  const kept = op.undo('Drop what only this run needed', (at) => at.forgetHealth(op.id));
  op.plan(['Read what to check']);
  const outline = await op.step('Read what to check', async (at, item) => {
    const found = await at.planHealth(op.id, input);
    item.why = `${String(found.hosts.length)} hosts${found.cloud === undefined ? '' : `, cloud ${found.cloud}`}`;
    return found;
  });
  const { notChecked, places } = await checkPlaces(outline, input.only, op);
  const { verdict, counts, news, undelivered } = await op.step('Compare with the last run', async (at, item) => {
    const run = { scope: healthScope(input), startedAt, endedAt: Date.now() };
    const concluded = await at.concludeHealth(op.id, run, notChecked);
    item.why = countsText(concluded.counts);
    return concluded;
  });
  let committed = false;
  if (input.commit === true) {
    // The report is kept, so nothing is lost should this end here: what is not committed is told again.
    const told = news === undefined && !undelivered ? undefined : await tell(news, op);
    committed = await op.step('Remember it', async (at, item) => {
      const done = await at.commitHealth(op.id, told);
      if (!done) item.why = 'another check has done so since this one began: the next begins where that one ended';
      return done;
    });
  }
  await op.step('Drop what only this run needed', (at) => at.forgetHealth(op.id));
  kept.settle();
  return { summary: `${verdict}: ${countsText(counts)}`, result: { verdict, counts, places, committed } };
});

/** Whether it was told, or waits for those who could not be: that somebody could not is told in the report. */
async function tell(news: News | undefined, op: Op): Promise<boolean> {
  const action = news === undefined ? 'Notify: what waited' : `Notify: ${news.event}`;
  const notification = news === undefined ? undefined : op.notification(news.event, news.message);
  try {
    const problems = await op.beside(action).tellOfHealth(op.id, notification);
    if (problems.length > 0) op.leaveAlone(action, problems.join('; '));
    return true;
  } catch (error) {
    if (isCancellation(error)) throw error;
    op.leaveAlone(action, failureText(error).message);
    return false;
  }
}
