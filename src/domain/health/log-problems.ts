import type { CheckResult, Problem } from '../../contracts/health.ts';
import { worstOf } from '../../contracts/health.ts';
import type { LogScan } from '../../contracts/log-scan.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { counted, formatBytes } from '../format.ts';
import { onHost } from './next-command.ts';
import { problemsAt } from './problem.ts';

/** Logs that the evidence names. */
const pathsNamed = 5;

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
  const hidden = [...notRead, ...lost].map(({ log }) => log);
  const problems = [
    ...groups.map(({ key, level, signature, paths, more, count, first, last, sample }) =>
      problem(`fault/${key}`, level === 'CRITICAL' ? 'critical' : 'warning', `${level} ${signature}`, {
        evidence: [sample, ...paths.slice(0, pathsNamed)],
        logs: more ? [...paths, ''] : paths,
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
        // Of a pattern the directory that it begins with: quoted, as it has to be, it would match nothing.
        next: onHost(target, ['ls', '-la', path.replace(/\/[^/]*[*?[{].*$/, '/')]),
      }),
    ),
    ...lost.map(({ path, why }) => problem(`lost/${path}`, 'warning', `some of ${path} was not seen: ${why}`)),
  ];
  return {
    result: {
      check: 'logs',
      where,
      verdict: worstOf(problems.map(({ verdict }) => verdict)),
      ...(dropped === 0 && !hidden.includes('') ? {} : { unseen: ['fault/'] }),
      ...(hidden.length === 0 ? {} : { unread: hidden.filter((log) => log !== '') }),
      seen: `${counted(files, 'log')}, ${formatBytes(bytes)} new`,
    },
    problems,
  };
}
