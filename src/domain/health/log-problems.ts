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
  // Of a preset's patterns one that matches is enough.
  const notRead = unread.filter(({ path }) => files === 0 || !optional.includes(path));
  const problems = [
    ...groups.map(({ key, level, signature, paths, count, first, last, sample }) =>
      problem(`fault/${key}`, level === 'CRITICAL' ? 'critical' : 'warning', `${level} ${signature}`, {
        evidence: [sample, ...paths],
        logs: paths,
        count,
        ...(first === undefined ? {} : { first }),
        ...(last === undefined ? {} : { last }),
        next: onHost(target, ['tail', '-n', '200', paths[0] ?? '']),
      }),
    ),
    ...(dropped === 0
      ? []
      : [
          problem('more', 'warning', `${String(dropped)} more lines are of kinds that there was no room for`, {
            count: dropped,
          }),
        ]),
    ...notRead.map(({ path, why }) =>
      problem(`unread/${path}`, 'unknown', `${path} could not be read: ${why}`, {
        next: onHost(target, ['ls', '-la', path]),
      }),
    ),
    ...lost.map(({ path, why }) => problem(`lost/${path}`, 'warning', `some of ${path} was not seen: ${why}`)),
  ];
  return {
    result: {
      check: 'logs',
      where,
      verdict: worstOf(problems.map(({ verdict }) => verdict)),
      ...(dropped === 0 ? {} : { unseen: ['fault/'] }),
      ...(notRead.length === 0 ? {} : { unread: notRead.map(({ path }) => path) }),
      seen: `${String(files)} ${files === 1 ? 'log' : 'logs'}, ${formatBytes(bytes)} new`,
    },
    problems,
  };
}
