import type { HealthReport } from '../contracts/health.ts';
import type { HealthReportPage } from '../contracts/inspect.ts';
import type { Cli } from './cli.ts';

/** The whole report, page by page: of an operation, or of the newest check that counts. */
export async function wholeReport(cli: Cli, operation?: string): Promise<HealthReport> {
  const page = (from: number, of: string | undefined): Promise<HealthReportPage> =>
    cli.inspect<'health report'>({ what: 'health report', from, ...(of === undefined ? {} : { operation: of }) });
  const first = await page(0, operation);
  const findings = [...first.report.findings];
  for (let { next } = first; next !== undefined;) {
    const more = await page(next, first.report.operation);
    findings.push(...more.report.findings);
    next = more.next;
  }
  return { ...first.report, findings };
}
