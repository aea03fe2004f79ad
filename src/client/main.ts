#!/usr/bin/env node
import { CommanderError } from 'commander';
import { problemLines, problemOf } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { Session } from './session.ts';

const argv = process.argv.slice(2);
// Wrong command lines are told before their options were read, and a script wants those as JSON too.
const session = new Session({ json: argv.includes('--json') });

// `stackhand vm list | head` is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(session.exitCode);
  throw error;
});

try {
  await createProgram(session, (options) => session.configure(options)).parseAsync(argv, { from: 'user' });
} catch (error) {
  fail(error);
} finally {
  await session.close();
}
// Whatever a library left open (a timer, a socket) must not keep the shell waiting.
await flushed();
process.exit(session.exitCode);

function fail(error: unknown): void {
  // commander calls its help and version an error too.
  if (error instanceof CommanderError && error.exitCode === 0) return;
  const { ending, ...problem } = problemOf(error);
  session.exitCode = exitCodes[ending];
  const { out } = session;
  if (out.settings.json) out.answer({ error: problem }, () => []);
  // commander has said it already.
  if (!(error instanceof CommanderError)) out.error(problemLines(problem, out.storyColour));
  if (out.settings.debug && error instanceof Error) out.error([String(error.stack)]);
}

/** process.exit drops what a pipe has not taken yet. */
function flushed(): Promise<void> {
  return new Promise((resolve) => process.stdout.write('', () => process.stderr.write('', () => resolve())));
}
