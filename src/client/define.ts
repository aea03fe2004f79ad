import type { Command } from 'commander';
import { exitRows } from './exit-codes.ts';
import type { Ending } from './exit-codes.ts';

/** What --help and docs/commands.md say of a command beside its options. */
export interface Manual {
  /** Each with what it is for. */
  readonly examples: readonly (readonly [purpose: string, line: string])[];
  readonly endings: readonly Ending[];
  /** Meanings of exit codes that differ for this command. */
  readonly instead?: Partial<Record<Ending, string>>;
  /** It starts an operation, so a schedule can have it. */
  readonly schedulable?: true;
}

const manuals = new WeakMap<Command, Manual>();

export const manualOf = (command: Command): Manual | undefined => manuals.get(command);

/** A command below `parent`, with examples and exit codes in its help. */
export function define(parent: Command, nameAndArguments: string, description: string, manual: Manual): Command {
  const command = parent.command(nameAndArguments).description(description).helpOption('-h, --help', 'show this');
  // Lists of commands have the first words alone.
  command.summary(description.split(/[.:,] | \(/)[0] ?? description);
  manuals.set(command, manual);
  command.addHelpText('after', () => `\n${examples(manual)}\n\n${codes(manual)}`);
  return command;
}

/** What every command reads from its environment. */
export const environment: readonly (readonly [name: string, meaning: string])[] = [
  ['STACKHAND_CONFIG', 'config file, where --config is not said'],
  ['STACKHAND_WEB_UI', "address of Temporal's Web UI, for links; that of stackhand dev is known"],
  ['STACKHAND_DEBUG', 'set: errors come with their stack'],
  [
    'TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, TEMPORAL_API_KEY, TEMPORAL_TLS_…',
    "as Temporal's own programs read them",
  ],
  ['NO_COLOR, FORCE_COLOR', 'set: no colours, or colours in a pipe too'],
];

/** A noun whose verbs follow: `stackhand vm …`. Without a verb it shows its help, as an error. */
export function group(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description).helpOption('-h, --help', 'show this').helpCommand(false);
}

const examples = ({ examples }: Manual): string =>
  ['Examples:', ...examples.flatMap(([purpose, line]) => [`  # ${purpose}`, `  ${line}`])].join('\n');

const codes = ({ endings, instead }: Manual): string =>
  [
    'Exit codes:',
    ...exitRows(endings, instead).map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`),
  ].join('\n');
