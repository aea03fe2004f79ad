import type { ExpectedBackup } from '../../contracts/health-plan.ts';
import type { CheckResult, Problem } from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import { formatDuration } from '../format.ts';
import { quoteAll } from '../quote.ts';
import { nameMatcher } from '../glob.ts';
import { ageLimits } from './age-limits.ts';
import { problemsAt } from './problem.ts';

export interface VmWithBackup {
  readonly name: string;
  /** Of the newest good backup, ISO 8601; absent where there is none. */
  readonly at?: string;
}

/** Whether each VM of a host that is expected to have a recent good backup has one. */
export function backupProblems(
  host: string,
  vms: readonly VmWithBackup[],
  expectations: readonly ExpectedBackup[],
  now: number,
): { readonly result: CheckResult; readonly problems: readonly Problem[] } {
  const ofHost = problemsAt('backups', host);
  const problem = (kind: string, verdict: Problem['verdict'], what: string, vm?: string): Problem =>
    ofHost(kind, verdict, what, {
      next: quoteAll(['stackhand', 'vm', 'backups', '--host', host, ...(vm === undefined ? [] : [vm])]),
    });
  const problems: Problem[] = [];
  const unseen: string[] = [];
  for (const { vm } of expectations)
    if (!vms.some(({ name }) => nameMatcher(vm)(name)))
      problems.push(problem(`nobody/${vm}`, 'unknown', `no VM is called ${vm}, and backups of it are expected`));
  const allowed = ageLimits(
    vms.map(({ name }) => name),
    expectations,
  );
  for (const { name, at } of vms) {
    const within = allowed.get(name);
    if (within === undefined) continue;
    const age = at === undefined ? undefined : now - Date.parse(at);
    if (age === undefined) problems.push(problem(`age/${name}`, 'critical', `VM ${name} has no good backup`, name));
    else if (Number.isNaN(age)) {
      problems.push(
        problem(
          `undated/${name}`,
          'unknown',
          `the note of the newest backup of VM ${name} has no date: ${at ?? ''}`,
          name,
        ),
      );
      unseen.push(`age/${name}`);
    } else if (age > within * 1000)
      problems.push(
        problem(
          `age/${name}`,
          'critical',
          `the newest good backup of VM ${name} is ${formatDuration(age)} old, and may be ${formatDuration(within * 1000)}`,
          name,
        ),
      );
  }
  const verdict = worstOf(problems.map((each) => each.verdict));
  return {
    result: {
      check: 'backups',
      where: host,
      verdict,
      seen: `${String(allowed.size)} VMs`,
      ...(unseen.length === 0 ? {} : { unseen }),
    },
    problems,
  };
}
