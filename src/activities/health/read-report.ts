import { Fault } from '../../contracts/faults.ts';
import type { HealthReportPage } from '../../contracts/inspect.ts';
import { lastRun, standing } from '../../domain/health/read-memory.ts';
import type { HealthStore } from './store.ts';

/** Of a page, as JSON: well below the 2 MB that a payload may have. */
const pageBytes = 1_000_000;

/** Of an operation, by its id or the beginning of it; or of the last check that counts. */
export async function readReport(
  store: HealthStore,
  operation: string | undefined,
  from: number,
): Promise<HealthReportPage> {
  const memory = operation === undefined ? await store.last() : undefined;
  const found = operation === undefined ? [lastRun(memory?.history ?? [])?.operation] : await store.find(operation);
  const [only] = found;
  if (found.length > 1)
    throw new Fault(
      'UnknownOperation',
      `the ids of ${String(found.length)} health checks begin with ${operation ?? ''}`,
      {
        candidates: found.flatMap((id) => id ?? []),
        remedy: 'say more of it',
      },
    );
  if (only === undefined && operation === undefined)
    throw new Fault('UnknownOperation', 'no health check has counted yet', {
      remedy: 'run one: stackhand health check --commit',
    });
  const report = only === undefined ? undefined : await store.report(only);
  if (report === undefined)
    throw new Fault('UnknownOperation', `there is no health report of ${operation ?? only ?? ''} in the records`, {
      remedy: 'stackhand health report shows the last one; the records are those that the worker uses',
    });
  const now = memory === undefined ? undefined : standing(memory);
  // What does not change from page to page comes with the first.
  const first = { results: report.results.map(({ unread: _, ...result }) => result), history: report.history };
  const other = from === 0 ? first : { results: [], history: [] };
  let room = pageBytes - JSON.stringify(other).length;
  let end = from;
  for (; end < report.findings.length && (room > 0 || end === from); end += 1)
    room -= Buffer.byteLength(JSON.stringify(report.findings[end]));
  return {
    report: { ...report, findings: report.findings.slice(from, end), ...other },
    ...(now === undefined ? {} : { standing: now }),
    ...(end < report.findings.length ? { next: end } : {}),
  };
}
