import { CommanderError } from 'commander';
import { verdictCodes } from '../contracts/health.ts';
import { Declined, problemLines, problemOf } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { nagiosUnknown } from './render/health-nagios.ts';
import { Session } from './session.ts';
import type { Surroundings } from './session.ts';

/** One command line, to its exit code. */
export async function runCli(argv: readonly string[], around?: Surroundings): Promise<number> {
  // Wrong command lines are told before their options were read, and a script wants those as JSON too.
  const session = new Session({ json: argv.includes('--json') }, around);
  try {
    await createProgram(session, (options) => session.configure(options)).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    fail(session, error, argv.includes('--nagios'));
  } finally {
    await session.close();
  }
  return session.exitCode;
}

function fail(session: Session, error: unknown, nagios: boolean): void {
  // commander calls its help and version an error too.
  if (error instanceof CommanderError && error.exitCode === 0) return;
  const { ending, ...problem } = problemOf(error);
  // A plug-in that can't tell says so on its one line, whatever went wrong.
  if (nagios) {
    session.out.streams.stdout.write(`${nagiosUnknown(problem.message)}\n`);
    session.exitCode = verdictCodes.unknown;
    return;
  }
  session.exitCode = exitCodes[ending];
  const { out } = session;
  if (out.settings.json) out.answer({ error: problem }, () => []);
  if (error instanceof Declined) out.story(error.message);
  // commander has said it already.
  else if (!(error instanceof CommanderError)) out.error(problemLines(problem, out.storyColour));
  if (out.settings.debug && error instanceof Error) out.error([String(error.stack)]);
}
