import type { Outcome } from '../contracts/operation.ts';

/**
 * One rule for every command: what a shell script, cron or a monitoring system may rely on.
 * 2 means that nothing was started; 130 that the operation goes on without this terminal.
 */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  cancelled: 4,
  unreachable: 5,
  missed: 6,
  abandoned: 7,
  interrupted: 130,
} as const satisfies Record<Outcome | 'usage' | 'unreachable' | 'interrupted', number>;

export type Ending = keyof typeof exitCodes;

/** What --help and docs/commands.md say of each. */
const meanings: Record<Ending, string> = {
  done: 'done',
  failed: 'failed, and put back what could be',
  usage: 'wrong command line or config: nothing was started',
  partial: 'some of it failed, the rest is done',
  cancelled: 'cancelled, and put back',
  unreachable: 'Temporal, or a worker, does not answer',
  missed: 'the start window had passed: nothing was done',
  abandoned: 'the undo was given up: something needs a person',
  interrupted: 'Ctrl-C: detached, the operation goes on',
};

/** Commands that follow an operation to its end. */
export const operationEndings: readonly Ending[] = [
  'done',
  'failed',
  'usage',
  'partial',
  'cancelled',
  'unreachable',
  'missed',
  'abandoned',
  'interrupted',
];
/** Commands that ask Temporal or a worker something. */
export const readEndings: readonly Ending[] = ['done', 'failed', 'usage', 'unreachable', 'interrupted'];
/** Commands that do something on this machine alone. */
export const localEndings: readonly Ending[] = ['done', 'failed', 'usage'];

/** Rows of an exit code table: code and meaning; `instead` says it in one command's own words. */
export function exitRows(
  endings: readonly Ending[],
  instead: Partial<Record<Ending, string>> = {},
): readonly (readonly [number, string])[] {
  return endings.map((ending) => [exitCodes[ending], instead[ending] ?? meanings[ending]] as const);
}
