import { WorkflowNotFoundError } from '@temporalio/common';
import type { AuditVerdict } from '../contracts/audit.ts';
import { auditVerdicts } from './audit-verdicts.ts';
import type { Cli } from './cli.ts';
import { inTime } from './in-time.ts';
import { listed } from './operations.ts';
import type { Listed } from './operations.ts';

export interface SeenVerdict extends AuditVerdict {
  /** Of one without an end that is not broken: why it may have none, in words. */
  readonly open?: string;
}

/**
 * Holds trails that have no end against Temporal, since whoever cuts one off can take its report away with it: only of
 * an operation that still runs, or that was not given the time to end, may the end be missing.
 */
export async function heldAgainstTemporal(cli: Cli, verdicts: readonly AuditVerdict[]): Promise<SeenVerdict[]> {
  const seen: SeenVerdict[] = [];
  for (const verdict of verdicts)
    seen.push(verdict.ended || verdict.problems.length > 0 ? verdict : await withoutEnd(cli, verdict));
  return seen;
}

async function withoutEnd(cli: Cli, verdict: AuditVerdict): Promise<SeenVerdict> {
  const found = await listedNow(cli, verdict.workflowId);
  if (found === undefined) return { ...verdict, open: 'has no end, and Temporal does not know the operation any more' };
  if (found.open) return { ...verdict, open: 'goes on' };
  if (found.state === 'terminated' || found.state === 'timed out')
    return { ...verdict, open: `has no end: the operation was ${found.state}` };
  // It may have ended since the trail was read.
  const [again = verdict] = await auditVerdicts(cli, verdict.operation);
  if (again.ended || again.problems.length > 0) return again;
  return { ...again, problems: [`its end is missing: to Temporal the operation has ended (${found.state})`] };
}

async function listedNow(cli: Cli, workflowId: string | undefined): Promise<Listed | undefined> {
  if (workflowId === undefined) return undefined;
  const { client } = await cli.temporal();
  try {
    return listed(await inTime(client, () => client.workflow.getHandle(workflowId).describe()));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
