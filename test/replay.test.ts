import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { next, problemsOf, sealRelease, typeOf, workflowTypes } from '../scripts/lib/histories.mjs';
import { builtBundle } from './support/built.ts';
import { installQuietRuntime } from './support/runtime.ts';
import { scratchDirectory } from './support/scratch.ts';

/**
 * Operations that were under way when a worker was updated go on with the new code. So every release leaves histories of
 * what its workflows did (`npm run record`), and today's code must take the same decisions.
 */
interface History {
  readonly events: readonly Record<string, Record<string, unknown>>[];
}

interface Fixture {
  /** Release and file. */
  readonly name: string;
  readonly workflow: string;
  readonly workflowId: string;
  readonly history: History;
}

const root = new URL('../', import.meta.url);
const directory = fileURLToPath(new URL('./replay/', import.meta.url));
const fixtures: Fixture[] = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json') && !file.endsWith('release.json'))
  .map((file) => {
    const history = JSON.parse(readFileSync(join(directory, file), 'utf8')) as History;
    const { workflowId } = history.events[0]?.['workflowExecutionStartedEventAttributes'] ?? {};
    return { name: file, workflow: typeOf(history), workflowId: workflowId as string, history };
  });

const workflows = workflowTypes(readFileSync(new URL('src/workflows/index.ts', root), 'utf8'));

/** What CHANGELOG.md has a section of, and what package.json says. */
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
const changelog = readFileSync(new URL('CHANGELOG.md', root), 'utf8');
const released = [...changelog.matchAll(/^## \[(\d+\.\d+\.\d+)\]/gm)].map((match) => match[1] ?? '');

let codePath = '';
beforeAll(async () => {
  installQuietRuntime();
  ({ codePath } = await builtBundle());
}, 120_000);

const replay = (history: History, workflowId: string): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowId);

describe('every workflow', () => {
  test.each(workflows)('%s has a history', (workflow) => {
    expect(fixtures.map((fixture) => fixture.workflow)).toContain(workflow);
  });
});

describe('every history', () => {
  for (const { name, history, workflowId } of fixtures) {
    test(`${name} replays`, () => replay(history, workflowId));
  }

  test('would be refused by a workflow that takes another decision', async () => {
    const call = '"activityTaskScheduledEventAttributes"';
    const fixture = fixtures.find(({ history }) => JSON.stringify(history).includes(call));
    const changed = JSON.stringify(fixture?.history).replaceAll(/("activityType":\{"name":")/g, '$1other');
    await expect(replay(JSON.parse(changed) as History, fixture?.workflowId ?? '')).rejects.toThrow(/determinism/i);
  });
});

test('every release has the histories that it was released with', async () => {
  expect(await problemsOf(directory, [...new Set([version, ...released])])).toEqual([]);
});

describe('what is told of histories', () => {
  let copy = '';
  const history = (type: string): string =>
    JSON.stringify({ events: [{ workflowExecutionStartedEventAttributes: { workflowType: { name: type } } }] });

  beforeEach(async () => {
    copy = await scratchDirectory('replay');
    await mkdir(join(copy, next));
    for (const type of ['vmBackup', 'lock']) await writeFile(join(copy, next, `${type}.json`), history(type));
    await sealRelease(copy, '1.0.0', ['vmBackup', 'lock']);
  });

  test('nothing, where they are as they were released', async () => {
    expect(await problemsOf(copy, ['1.0.0'])).toEqual([]);
  });

  test('a release that has none', async () => {
    expect(await problemsOf(copy, ['1.0.0', '1.1.0'])).toEqual([
      '1.1.0 was released and has no histories: npm run record -- --release',
    ]);
  });

  test('one that was recorded and not yet released counts for no release, and may change', async () => {
    await cp(join(copy, '1.0.0/lock.json'), join(copy, next, 'lock.json'));
    expect(await problemsOf(copy, ['1.0.0'])).toEqual([]);
    await rename(join(copy, next), join(copy, '1.1.0'));
    expect(await problemsOf(copy, ['1.0.0', '1.1.0'])).toEqual([
      '1.1.0 was released and has no histories: npm run record -- --release',
      '1.1.0 has no release.json',
    ]);
  });

  test('a changed one, one more, and one less, with the workflow that lacks it', async () => {
    await writeFile(join(copy, '1.0.0/vmBackup.json'), history('vmBackup').replace('{', '{ '));
    expect(await problemsOf(copy, ['1.0.0'])).toEqual(['1.0.0/vmBackup.json was changed after the release']);
    await rename(join(copy, '1.0.0/vmBackup.json'), join(copy, '1.0.0/other.json'));
    await rm(join(copy, '1.0.0/lock.json'));
    expect(await problemsOf(copy, ['1.0.0'])).toEqual([
      '1.0.0/other.json was added after the release',
      '1.0.0/lock.json was removed after the release',
      '1.0.0/vmBackup.json was removed after the release',
      '1.0.0 had the workflow lock and has no history of it',
    ]);
  });

  test('nothing of a release that nobody upgrades from any more with operations under way', async () => {
    const manifest = join(copy, '1.0.0/release.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace('{', '{ "unsupported": "its operations have ended everywhere",'));
    for (const type of ['vmBackup', 'lock']) await rm(join(copy, `1.0.0/${type}.json`));
    expect(await problemsOf(copy, ['1.0.0'])).toEqual([]);
  });

  test('a release is sealed once', async () => {
    await mkdir(join(copy, next));
    await expect(sealRelease(copy, '1.0.0', [])).rejects.toThrow('EEXIST');
    expect(JSON.parse(await readFile(join(copy, '1.0.0/release.json'), 'utf8'))).toMatchObject({ release: '1.0.0' });
  });
});
