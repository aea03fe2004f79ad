import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { scratchDirectory } from '../support/scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What each part may not import, and the rule of .dependency-cruiser.cjs that says so. */
const forbidden = [
  ['contracts', "import { x } from '../domain/x.ts';", 'contracts-imports'],
  ['contracts', "import { z } from 'zod';", 'contracts-without-zod'],
  ['domain', "import { x } from '../systems/host/x.ts';", 'domain-imports'],
  ['domain', "import { x } from '../contracts/x.schema.ts';", 'schemas-outside-workflows'],
  ['domain', "import { readFile as x } from 'node:fs';", 'no-node-in-pure-code'],
  ['domain', "import { ApplicationFailure as x } from '@temporalio/common';", 'contracts-and-domain-pure'],
  ['workflows', "import { x } from '../activities/x.ts';", 'workflows-activities-type-only'],
  ['workflows', "import { x } from '../systems/host/x.ts';", 'workflows-imports'],
  ['workflows', "import { x } from '../contracts/x.schema.ts';", 'schemas-outside-workflows'],
  ['workflows', "import { execPath as x } from 'node:process';", 'no-node-in-pure-code'],
  ['activities', "import { x } from '../client/x.ts';", 'activities-imports'],
  ['activities', "import { x } from '../workflows/x.ts';", 'activities-imports'],
  ['systems/libvirt', "import { x } from '../jobs/x.ts';", 'systems-imports'],
  ['systems/libvirt', "import { x } from '../../config/x.ts';", 'systems-imports'],
  ['systems/libvirt', "import { Client as x } from '@temporalio/client';", 'systems-without-temporal'],
  ['config', "import { x } from '../systems/host/x.ts';", 'config-imports'],
  ['client', "import { x } from '../systems/host/x.ts';", 'client-imports'],
  ['client', "import { x } from '../worker/x.ts';", 'client-imports'],
  ['client', "import { x } from '../practice/x.ts';", 'client-imports'],
  ['worker', "import { x } from '../client/x.ts';", 'worker-imports'],
  ['practice', "import { x } from '../contracts/x.ts';", 'practice-imports'],
  ['worker', "import prettier from 'prettier'; const x = prettier;", 'no-dev-dependencies'],
  ['worker', "import { x } from './nowhere.ts';", 'resolvable'],
] as const;

const allowed = [
  ['contracts', "import type { ZodType } from 'zod'; export type Y = ZodType; const x = 1;"],
  ['domain', "import { x } from '../contracts/x.ts';"],
  ['workflows', "import type { x } from '../activities/x.ts'; export type Y = typeof x;"],
  ['workflows', "import { x } from '../domain/x.ts';"],
  ['activities', "import { x } from '../systems/host/x.ts';"],
  ['systems/libvirt', "import { x } from '../host/x.ts';"],
  ['client', "import { x } from '../config/x.ts';"],
  ['worker', "import { x } from '../activities/x.ts';"],
] as const;

const fileOf = (kind: string, at: number, part: string): string => `src/${part}/${kind}${at}.ts`;
let violations: { from: string; rule: string }[] = [];

beforeAll(async () => {
  const directory = await scratchDirectory('imports');
  const put = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), `${text}\nexport { x };\n`);
  };
  for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
    await copyFile(join(root, name), join(directory, name));
  }
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  const parts = ['contracts', 'domain', 'workflows', 'activities', 'systems/host', 'systems/jobs', 'systems/libvirt'];
  for (const part of [...parts, 'config', 'client', 'worker', 'practice'])
    await put(`src/${part}/x.ts`, 'const x = 1;');
  await put('src/contracts/x.schema.ts', 'const x = 1;');
  await put('src/domain/alone.ts', 'const x = 1;');
  await put('src/domain/ring-a.ts', "import { x } from './ring-b.ts';");
  await put('src/domain/ring-b.ts', "import { x } from './ring-a.ts';");
  for (const [at, [part, text]] of forbidden.entries()) await put(fileOf('forbidden', at, part), text);
  for (const [at, [part, text]] of allowed.entries()) await put(fileOf('allowed', at, part), text);

  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const { stdout } = await execa(process.execPath, args, { cwd: directory, reject: false });
  const found = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  violations = found.summary.violations.map(({ from, rule }) => ({ from, rule: rule.name }));
}, 60_000);

describe('the directions of imports', () => {
  test.each(forbidden.map((entry, at) => [...entry, at] as const))('%s may not: %s (%s)', (part, _text, rule, at) => {
    expect(violations).toContainEqual({ from: fileOf('forbidden', at, part), rule });
  });

  test.each(allowed.map((entry, at) => [...entry, at] as const))('%s may: %s', (part, _text, at) => {
    expect(violations.filter(({ from }) => from === fileOf('allowed', at, part))).toEqual([]);
  });

  test('no module imports itself by way of others, and none is left over', () => {
    expect(violations).toContainEqual({ from: 'src/domain/ring-a.ts', rule: 'no-cycles' });
    expect(violations).toContainEqual({ from: 'src/domain/alone.ts', rule: 'no-orphans' });
  });
});
