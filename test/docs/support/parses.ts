import type { Command } from 'commander';
import type { Cli } from '../../../src/client/cli.ts';
import { createProgram } from '../../../src/client/program.ts';

/** Throws where the program would not take these words; carries nothing out. What stands after `--` is a command too. */
export function parses(words: readonly string[]): void {
  let told = '';
  const write = (text: string): boolean => {
    told += text;
    return true;
  };
  const streams = { stdout: { write }, stderr: { write } };
  const program = createProgram({ out: { streams } } as unknown as Cli, () => {});
  withoutActions(program);
  const rest = words.indexOf('--');
  try {
    program.parse(rest < 0 ? words : [...words.slice(0, rest), '--', 'x'], { from: 'user' });
  } catch (error) {
    throw new Error(told.trim() || (error as Error).message, { cause: error });
  }
  if (rest >= 0) parses(words.slice(rest + 1));
}

function withoutActions(command: Command): void {
  command.exitOverride();
  if (command.commands.length === 0) command.action(() => {});
  command.commands.forEach(withoutActions);
}
