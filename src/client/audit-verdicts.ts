import type { AuditVerdict } from '../contracts/audit.ts';
import type { Cli } from './cli.ts';
import { pages } from './pages.ts';

/** How audit trails were found: that of an operation, or all there are, those that began first in front. */
export async function auditVerdicts(cli: Cli, operation?: string): Promise<AuditVerdict[]> {
  const of = operation === undefined ? {} : { operation };
  const all: AuditVerdict[] = [];
  const page = (from: number) => cli.inspect<'audit verdicts'>({ what: 'audit verdicts', from, ...of });
  for await (const { verdicts } of pages(page)) all.push(...verdicts);
  return all.sort((one, other) => (one.since ?? 0) - (other.since ?? 0));
}
