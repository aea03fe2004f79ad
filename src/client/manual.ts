import type { Command, Option } from 'commander';
import { environment, manualOf } from './define.ts';
import type { Manual } from './define.ts';
import { exitRows } from './exit-codes.ts';

/** docs/commands.md, from the same definitions as --help. */
export function commandsMarkdown(program: Command): string {
  const commands = program.commands.flatMap((command) => leaves(command, program.name()));
  return [
    '# Commands',
    '',
    'Made from the commands themselves by `npm run build && node scripts/commands-doc.mjs`; each says the same with `--help`.',
    '',
    'stdout is the answer, stderr the story. Every command has these options:',
    '',
    ...optionTable(program),
    '',
    '| environment | |',
    '| --- | --- |',
    ...environment.map(([name, meaning]) => `| \`${name.replaceAll(', ', '`, `')}\` | ${meaning} |`),
    '',
    ...commands.map(({ path }) => `- [${path}](#${path.replaceAll(' ', '-')})`),
    ...commands.flatMap(({ path, command, manual }) => section(path, command, manual)),
    '',
  ].join('\n');
}

interface Leaf {
  readonly path: string;
  readonly command: Command;
  readonly manual: Manual;
}

function leaves(command: Command, parent: string): Leaf[] {
  const path = `${parent} ${command.name()}`;
  const manual = manualOf(command);
  const own = manual === undefined ? [] : [{ path, command, manual }];
  return [...own, ...command.commands.flatMap((child) => leaves(child, path))];
}

function section(path: string, command: Command, manual: Manual): string[] {
  return [
    '',
    `## ${path}`,
    '',
    command.description(),
    '',
    ...fenced([`${path} ${command.usage()}`]),
    ...(command.options.length === 0 ? [] : ['', ...optionTable(command)]),
    '',
    ...fenced(manual.examples.flatMap(([purpose, line]) => [`# ${purpose}`, line])),
    '',
    '| exit code | means |',
    '| --- | --- |',
    ...exitRows(manual.endings, manual.instead).map(([code, meaning]) => `| ${String(code)} | ${cell(meaning)} |`),
  ];
}

const fenced = (lines: readonly string[]): string[] => ['```sh', ...lines, '```'];

const optionTable = (command: Command): string[] => [
  '| option | |',
  '| --- | --- |',
  ...command.options.map((option) => `| \`${cell(option.flags)}\` | ${cell(told(option))} |`),
];

function told(option: Option): string {
  const { description, argChoices, defaultValueDescription, defaultValue, mandatory } = option;
  const standard = defaultValueDescription ?? (typeof defaultValue === 'number' ? String(defaultValue) : undefined);
  return [
    description,
    ...(argChoices === undefined ? [] : [`(one of ${argChoices.join(', ')})`]),
    ...(standard === undefined ? [] : [`(default: ${standard})`]),
    ...(mandatory ? ['(has to be said)'] : []),
  ].join(' ');
}

// A pipe would end the cell.
const cell = (text: string): string => text.replaceAll('|', '\\|');
