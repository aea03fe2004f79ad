import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { commandsMarkdown } from '../../src/client/manual.ts';
import { manualOf } from '../../src/client/define.ts';
import { createProgram } from '../../src/client/program.ts';
import { Session } from '../../src/client/session.ts';

const program = createProgram(new Session({}), () => {});

const verbs = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(verbs);

const path = (command: Command): string =>
  command.parent === null ? command.name() : `${path(command.parent)} ${command.name()}`;

describe('every command', () => {
  test.each(verbs(program).map((command) => [path(command), command] as const))(
    '%s has examples that are its own, and its exit codes',
    (name, command) => {
      const manual = manualOf(command);
      expect(manual?.examples.length).toBeGreaterThan(0);
      for (const [, line] of manual?.examples ?? []) expect(line).toContain(name);
      expect(manual?.endings).toEqual(expect.arrayContaining(['done', 'failed', 'usage']));
    },
  );

  test('has an example whose options exist', () => {
    for (const command of verbs(program)) {
      const known = [...command.options, ...program.options].flatMap(({ long, short }) => [long, short]);
      for (const [, line] of manualOf(command)?.examples ?? []) {
        const own = line.split(/ -- |\|/)[0] ?? '';
        for (const option of own.match(/(?<= )--?[a-z][\w-]*/g) ?? [])
          expect([line, known]).toEqual([line, expect.arrayContaining([option])]);
      }
    }
  });
});

test('docs/commands.md is current (else: npm run build && node scripts/commands-doc.mjs)', async () => {
  const file = 'docs/commands.md';
  const wanted = await format(commandsMarkdown(program), { ...(await resolveConfig(file)), parser: 'markdown' });
  expect(readFileSync(file, 'utf8')).toBe(wanted);
});
