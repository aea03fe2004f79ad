import { Fault } from '../../contracts/faults.ts';
import type { RunOptions } from './host.ts';
import { quote, quoteAll } from '../../domain/quote.ts';

/** What a host is asked to run, checked and complete. */
export interface Command {
  readonly argv: readonly string[];
  /** argv below sudo, timeout and env: what is really executed. */
  readonly words: readonly string[];
  /** Seconds until SIGKILL on the host. */
  readonly deadline: number;
  /** The program and its first arguments, for messages. */
  readonly label: string;
}

const defaultDeadline = 60;

/**
 * `[env LC_ALL=C sudo -n --] timeout -s KILL <deadline> env LC_ALL=C K=V… argv`
 *
 * The order matters. `timeout` stands below sudo, since a plain user's timeout couldn't kill root's process; it puts
 * the command into a process group of its own and kills all of that group. The outer `env` makes sudo speak English,
 * the inner one undoes what sudo's or the host's own settings made of the locale. A process that leaves the group
 * (setsid) is left alone: detached jobs do so on purpose.
 */
export function buildCommand(argv: readonly string[], options: RunOptions, sudo: boolean): Command {
  const { deadline = defaultDeadline, env = {} } = options;
  checkArgv(argv);
  if (!Number.isFinite(deadline) || deadline <= 0) {
    throw new Fault('InvalidInput', `a deadline is a number of seconds above 0, not ${deadline}`);
  }
  const assignments = Object.entries(env).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new Fault('InvalidInput', `"${printable(name)}" can't be the name of an environment variable`);
    }
    if (value.includes('\0')) throw new Fault('InvalidInput', `the value of ${name} contains a NUL byte`);
    return `${name}=${value}`;
  });
  const prefix = sudo ? ['env', 'LC_ALL=C', 'sudo', '-n', '--'] : [];
  return {
    argv,
    words: [...prefix, 'timeout', '-s', 'KILL', String(deadline), 'env', 'LC_ALL=C', ...assignments, ...argv],
    deadline,
    label: label(argv),
  };
}

function checkArgv(argv: readonly string[]): void {
  const program = argv[0];
  if (program === undefined) throw new Fault('InvalidInput', 'a command needs at least the name of a program');
  if (program.includes('=')) {
    throw new Fault(
      'InvalidInput',
      `"${printable(program)}" can't be run: env takes a name with "=" for an assignment`,
    );
  }
  for (const word of argv) {
    if (word.includes('\0'))
      throw new Fault('InvalidInput', `an argument of ${printable(program)} contains a NUL byte`);
    if (Buffer.byteLength(word) > maxArgument) throw tooLong(program, Buffer.byteLength(word));
  }
}

/** Linux takes no single argument above this (MAX_ARG_STRLEN, 32 pages, with its NUL): over SSH the whole line is one. */
const maxArgument = 128 * 1024 - 1;

/** The text that goes to the far side's login shell. */
export function commandLine(words: readonly string[]): string {
  const line = quoteAll(words);
  const bytes = Buffer.byteLength(line);
  if (bytes > maxArgument) throw tooLong(words.at(0) ?? '', bytes);
  return line;
}

function tooLong(program: string, bytes: number): Fault {
  return new Fault(
    'InvalidInput',
    `the command line of ${printable(program)} has ${bytes} bytes, and Linux takes ${maxArgument}: give it through stdin`,
  );
}

function label(argv: readonly string[]): string {
  const text = printable(argv.map((word) => (/\s/.test(word) || word === '' ? quote(word) : word)).join(' '));
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** On one line and without control characters, fit for a message. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ');
}
