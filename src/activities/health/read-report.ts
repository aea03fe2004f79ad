import { Fault } from '../../contracts/faults.ts';
import type { HealthReportPage } from '../../contracts/inspect.ts';
import type { HealthStore } from './store.ts';

/** Findings of a page: with their evidence well below what a payload may have. */
const perPage = 400;

/** Of an operation, by its id or the beginning of it; or of the newest check that counts. */
export async function readReport(
  store: HealthStore,
  operation: string | undefined,
  from: number,
): Promise<HealthReportPage> {
  const last = operation === undefined ? (await store.last())?.operation : await store.find(operation);
  if (last === undefined && operation === undefined)
    throw new Fault('UnknownOperation', 'no health check has counted yet', {
      remedy: 'run one: stackhand health check --commit',
    });
  const report = last === undefined ? undefined : await store.report(last);
  if (report === undefined)
    throw new Fault('UnknownOperation', `there is no health report of ${operation ?? last ?? ''} in the records`, {
      remedy: 'stackhand health report shows the last one; the records are those of records.directory',
    });
  const end = from + perPage;
  return {
    // What does not change from page to page comes with the first.
    report: {
      ...report,
      findings: report.findings.slice(from, end),
      ...(from === 0 ? {} : { results: [], history: [] }),
    },
    ...(end < report.findings.length ? { next: end } : {}),
  };
}
