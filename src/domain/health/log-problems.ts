import type { CheckResult, Problem } from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import type { LogScan } from '../../contracts/log-scan.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { formatBytes } from '../format.ts';
import { onHost } from './next-command.ts';
import { problemsAt } from './problem.ts';

/** What was logged since the last check, each fault once; and what could not be read of it. */
export function logProblems(
  target: HostTarget,
  optional: readonly string[],
  { groups, dropped, unread, lost, files, bytes }: Omit<LogScan, 'cursors'>,
): { readonly result: Omit<CheckResult, 'role'>; readonly problems: readonly Problem[] } {
  const where = target.name;
  const problem = problemsAt('logs', where);
  const problems = [
    ...groups.map(({ key, level, signature, paths, count, first, last, sample }) =>
      problem(key, level === 'CRITICAL' ? 'critical' : 'warning', `${level} ${signature}`, {
        evidence: [sample, ...paths],
        count,
        ...(first === undefined ? {} : { first }),
        ...(last === undefined ? {} : { last }),
        next: onHost(target, `tail -n 200 ${paths[0] ?? ''}`),
      }),
    ),
    ...(dropped === 0
      ? []
      : [
          problem('more', 'warning', `${String(dropped)} more lines are of kinds that there was no room for`, {
            count: dropped,
          }),
        ]),
    // Of a preset's patterns one that matches is enough.
    ...unread
      .filter(({ path }) => files === 0 || !optional.includes(path))
      .map(({ path, why }) =>
        problem(`unread/${path}`, 'unknown', `${path} could not be read: ${why}`, {
          next: onHost(target, `ls -la ${path}`),
        }),
      ),
    ...lost.map(({ path, why }) => problem(`lost/${path}`, 'warning', `some of ${path} was not seen: ${why}`)),
  ];
  return {
    result: {
      check: 'logs',
      where,
      verdict: worstOf(problems.map(({ verdict }) => verdict)),
      // What one that can't be read would have told is not over.
      ...(problems.some(({ verdict }) => verdict === 'unknown') ? { blind: true as const } : {}),
      seen: `${String(files)} ${files === 1 ? 'log' : 'logs'}, ${formatBytes(bytes)} new`,
    },
    problems,
  };
}
