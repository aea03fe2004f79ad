import { constants } from 'node:os';
import { Fault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import type { Command } from './command.ts';
import type { End, Finished } from './execution.ts';
import type { RunResult } from './host.ts';

/** How a host is named in a message: "kvm1 (root@10.0.0.5:22)". */
export function describe(target: HostTarget): string {
  return target.transport === 'local'
    ? `${target.name} (this machine)`
    : `${target.name} (${target.user}@${target.address}:${target.port})`;
}

/**
 * What the end of a command means: a result, or the Fault for what kept it from having one.
 *
 * @param lost why the connection went, where that is known
 */
export function conclude(target: HostTarget, command: Command, finished: Finished, lost?: string): RunResult {
  const { end, overdue, stdout, stderr, truncated, elapsedMs } = finished;
  const where = target.name;
  const goesOn = `on the host it may go on until its deadline of ${command.deadline} s`;
  if (!end) {
    const what = overdue ? 'gave no answer' : 'lost its connection';
    const why = lost === undefined ? '' : ` (${lost})`;
    throw new Fault('HostUnreachable', `${describe(target)} ${what} while "${command.label}" ran${why}; ${goesOn}`, {
      where,
    });
  }
  const exitCode = exitCodeOf(end);
  if (killedByDeadline(exitCode, command, elapsedMs)) {
    const message = `"${command.label}" on ${describe(target)} was killed at its deadline of ${command.deadline} s`;
    throw new Fault('CommandTimedOut', message, { where, output: lastLines(stderr) });
  }
  if (overdue) {
    const message = `"${command.label}" on ${describe(target)} ended with ${exitCode}, but something that it started keeps its output open`;
    throw new Fault('CommandTimedOut', message, { where, output: lastLines(stderr) });
  }
  checkLauncher(target, exitCode, stderr);
  return { argv: command.argv, exitCode, stdout, stderr, ...(truncated && { truncated: true as const }) };
}

function exitCodeOf(end: End): number {
  if ('code' in end) return end.code;
  return 128 + (constants.signals[end.signal as NodeJS.Signals] ?? 0);
}

const killed = 128 + constants.signals.SIGKILL;

/**
 * timeout(1) dies of its own SIGKILL, so its end looks like that of a command somebody else killed: time tells them
 * apart. The stopwatch here starts before the one on the host; a thousandth is for clocks that run differently.
 */
function killedByDeadline(exitCode: number, command: Command, elapsedMs: number): boolean {
  return exitCode === killed && elapsedMs >= command.deadline * 999;
}

/** What sudo says (in English, see buildCommand) when it won't run anything without a person. */
const sudoRefusal =
  /^sudo: .*(a password is required|a terminal is required|must have a tty|no tty present|account validation failure)|^Sorry, user \S+ (is not allowed to execute|may not run sudo)|is not in the sudoers file/m;
const missing = /\b(sudo|timeout)\b: (?:command )?not found|(?:command not found|Unknown command): '?(sudo|timeout)\b/;

function checkLauncher(target: HostTarget, exitCode: number, stderr: string): void {
  const where = target.name;
  if (target.sudo && exitCode === 1) {
    const line = stderr.split('\n').find((text) => sudoRefusal.test(text));
    if (line !== undefined) {
      throw new Fault('SudoNeedsPassword', `sudo on ${describe(target)} refused ${target.user}: ${line}`, { where });
    }
  }
  const tool = exitCode === 127 ? missing.exec(stderr) : null;
  if (tool) {
    throw new Fault('ToolMissing', `${tool[1] ?? tool[2]} is not installed on ${describe(target)}`, { where });
  }
}

/** The end of what a command said, small enough for a message. */
export function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-5).join('\n').slice(-1000);
}
