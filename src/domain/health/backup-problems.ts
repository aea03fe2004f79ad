import type { ExpectedBackup } from '../../contracts/health-plan.ts';
import type { CheckResult, Problem } from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import { formatDuration } from '../format.ts';
import { nameMatcher } from '../glob.ts';
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
  const problem = (name: string, verdict: Problem['verdict'], what: string): Problem =>
    ofHost(name, verdict, what, { next: `stackhand vm backups --host ${host} ${name}` });
  const problems: Problem[] = [];
  const meant = new Set<string>();
  for (const { vm, within } of expectations) {
    const matches = nameMatcher(vm);
    const found = vms.filter(({ name }) => matches(name));
    if (found.length === 0)
      problems.push(problem(vm, 'unknown', `no VM is called ${vm}, and backups of it are expected`));
    for (const { name, at } of found) {
      if (meant.has(name)) continue;
      meant.add(name);
      if (at === undefined) problems.push(problem(name, 'critical', `VM ${name} has no good backup`));
      else if (now - Date.parse(at) > within * 1000) {
        const age = formatDuration(now - Date.parse(at));
        problems.push(
          problem(
            name,
            'critical',
            `the newest good backup of VM ${name} is ${age} old, and may be ${formatDuration(within * 1000)}`,
          ),
        );
      }
    }
  }
  const verdict = worstOf(problems.map((each) => each.verdict));
  return { result: { check: 'backups', where: host, verdict, seen: `${String(meant.size)} VMs` }, problems };
}
