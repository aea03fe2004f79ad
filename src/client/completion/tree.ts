import type { Command, Option } from 'commander';
import { argumentValue, optionValue } from './values.ts';
import type { Value } from './values.ts';

/** A command as a shell completes it. */
export interface Completed {
  /** "vm backup"; empty for the program. */
  readonly path: string;
  readonly summary: string;
  readonly commands: readonly Completed[];
  /** Its own and those that every command has. */
  readonly options: readonly CompletedOption[];
  /** Of its first argument, which stands for all: none has two of different kinds. Undefined where it has none. */
  readonly argument: Value | undefined;
  /** A whole command line of this program may follow `--`. */
  readonly nests: boolean;
}

export interface CompletedOption {
  /** Short before long. */
  readonly names: readonly string[];
  readonly description: string;
  /** What it is called in a help, such as "host"; empty where it takes none. */
  readonly placeholder: string;
  /** Undefined for a flag. */
  readonly value: Value | undefined;
}

/** The command tree as plain data, the one source of every shell's script. */
export function completed(program: Command): Completed {
  return below(program, '', []);
}

/** The tree and everything below it, parents first. */
export const flat = (tree: Completed): Completed[] => [tree, ...tree.commands.flatMap(flat)];

function below(command: Command, path: string, inherited: readonly CompletedOption[]): Completed {
  const version = command.parent === null ? command.options.filter(({ long }) => long === '--version') : [];
  const own = command.options.filter((option) => !option.hidden && !version.includes(option)).map(seen);
  const passedOn = command.parent === null ? own : inherited;
  const first = command.registeredArguments[0];
  return {
    path,
    summary: command.summary() || command.description(),
    commands: command.commands.map((child) => below(child, `${path} ${child.name()}`.trim(), passedOn)),
    options: [...own, ...(command.parent === null ? version.map(seen) : inherited), help],
    argument: first === undefined ? undefined : argumentValue(first),
    nests: command.registeredArguments.some((argument) => argument.name() === 'command'),
  };
}

const help: CompletedOption = {
  names: ['-h', '--help'],
  description: 'show this',
  placeholder: '',
  value: undefined,
};

const seen = (option: Option): CompletedOption => ({
  names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
  description: option.description,
  placeholder: /[<[]([^\]>]*)/.exec(option.flags)?.[1]?.replace(/\.{3}$/, '') ?? '',
  value: optionValue(option),
});
