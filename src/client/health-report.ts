import type { HealthReport, HealthStanding } from '../contracts/health.ts';
import type { HealthReportPage } from '../contracts/inspect.ts';
import type { Cli } from './cli.ts';

export interface WholeReport {
  readonly report: HealthReport;
  /** Of the last check that counts. */
  readonly standing?: HealthStanding;
}

/** The whole report, page by page: of an operation, or of the last check that counts. */
export async function wholeReport(cli: Cli, operation?: string): Promise<WholeReport> {
  const page = (from: number, of: string | undefined): Promise<HealthReportPage> =>
    cli.inspect<'health report'>({ what: 'health report', from, ...(of === undefined ? {} : { operation: of }) });
  const { report, standing, next: second } = await page(0, operation);
  const findings = [...report.findings];
  for (let next = second; next !== undefined;) {
    const more = await page(next, report.operation);
    findings.push(...more.report.findings);
    next = more.next;
  }
  return { report: { ...report, findings }, ...(standing === undefined ? {} : { standing }) };
}
