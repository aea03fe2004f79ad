import { access, chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { ensureTemporalProgram, findTemporalProgram } from '../../../src/client/temporal/program.ts';
import type { Source } from '../../../src/client/temporal/program.ts';
import { release } from '../../../src/client/temporal/release.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const quiet = (): void => {};

/** A program that says what `temporal --version` says. */
async function putProgram(file: string, says = 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)'): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho '${says}'\n`);
  await chmod(file, 0o755);
}

async function emptyHome(): Promise<{ home: string; env: NodeJS.ProcessEnv; cached: string }> {
  const home = await scratchDirectory('home');
  const cached = join(home, `.cache/stackhand/temporal-${release.version}/temporal`);
  return { home, cached, env: { HOME: home, PATH: `${join(home, 'bin')}:/usr/bin:/bin` } };
}

const gives: Source = (directory) => putProgram(join(directory, 'temporal'));
const refuses: Source = () => Promise.reject(new Error('the network is closed'));

describe('where the program comes from', () => {
  test('PATH wins over the cache, and nothing is fetched', async () => {
    const { home, env, cached } = await emptyHome();
    await putProgram(join(home, 'bin/temporal'));
    await putProgram(cached);
    expect(await ensureTemporalProgram(quiet, { env, sources: [refuses] })).toBe(join(home, 'bin/temporal'));
  });

  test('a program that is only called temporal does not count', async () => {
    const { home, env, cached } = await emptyHome();
    await putProgram(join(home, 'bin/temporal'), 'temporal logic checker 2.0');
    await putProgram(cached);
    expect(await findTemporalProgram(env)).toBe(cached);
  });

  test('neither does one that is not for this machine', async () => {
    const { env, cached } = await emptyHome();
    await putProgram(cached);
    await writeFile(cached, Buffer.from('7f454c4600000000', 'hex'));
    expect(await findTemporalProgram(env)).toBeUndefined();
  });

  test('the first source that gives one fills the cache, once', async () => {
    const { env, cached } = await emptyHome();
    const first = await ensureTemporalProgram(quiet, { env, sources: [refuses, gives] });
    expect(first).toBe(cached);
    expect(await ensureTemporalProgram(quiet, { env, sources: [refuses] })).toBe(cached);
  });

  test('two at once fetch once', async () => {
    const { env } = await emptyHome();
    let fetched = 0;
    const slow: Source = async (directory, report) => {
      fetched += 1;
      await pause(200);
      await gives(directory, report);
    };
    await Promise.all([1, 2, 3].map(() => ensureTemporalProgram(quiet, { env, sources: [slow] })));
    expect(fetched).toBe(1);
  });

  test('when no source gives one, the error says what was tried and what to install', async () => {
    const { env, cached } = await emptyHome();
    const broken: Source = (directory) => putProgram(join(directory, 'temporal'), 'Exec format error');
    await expect(ensureTemporalProgram(quiet, { env, sources: [refuses, broken] })).rejects.toMatchObject({
      type: 'TemporalProgramMissing',
      message:
        'no Temporal program is here, and none could be fetched: the network is closed; what it gave does not run',
      remedy: expect.stringContaining('install the Temporal CLI'),
    });
    await expect(access(cached)).rejects.toThrow('ENOENT');
    expect(await readdir(join(cached, '../..'))).toEqual([]);
  });
});
