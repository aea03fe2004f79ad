import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startExtract } from '../../../src/systems/jobs/extract.ts';
import { removeRestoredFiles, restoredAmong, restoredList } from '../../../src/systems/jobs/restored.ts';
import { image, Jobs, localDirectory, MiB, sourceOf } from './support/archives.ts';
import { localHost, scratch } from './support/local.ts';

const { directory, paths, remove } = scratch();
const host = localHost();
const jobs = new Jobs(host, paths);
const at = (name: string): string => join(directory, name);

beforeAll(() => {
  mkdirSync(join(paths.state, 'operations'), { recursive: true });
});
afterAll(async () => {
  await jobs.stopAll();
  remove();
}, 60_000);

/** Extracts a disk; returns the operation that did. */
async function restore(destination: string): Promise<string> {
  const entry = await jobs.archive(sourceOf(image(at('disk.img'), MiB, [[0, 8192]])), at('backup'));
  const ref = jobs.ref('extract-vda');
  const archive = join(at('backup'), entry.file);
  await startExtract(host, paths, ref, { archive, entry, destination, share: localDirectory(dirname(archive)) });
  await jobs.end(ref);
  return ref.operation;
}

describe('what a restore made', () => {
  test('is removed by what its job has left, and a second time finds nothing', async () => {
    const operation = await restore(at('a "new" disk\n.img'));
    expect(existsSync(at('a "new" disk\n.img'))).toBe(true);
    await removeRestoredFiles(host, paths, operation);
    expect(existsSync(at('a "new" disk\n.img'))).toBe(false);
    await removeRestoredFiles(host, paths, operation);
  });

  test('is left alone where somebody put another file in its place', async () => {
    const operation = await restore(at('replaced.img'));
    writeFileSync(at('other.img'), 'precious');
    rmSync(at('replaced.img'));
    linkSync(at('other.img'), at('replaced.img'));
    await removeRestoredFiles(host, paths, operation);
    expect(existsSync(at('replaced.img'))).toBe(true);
  });

  test('is not removed while a process has it open', async () => {
    const operation = await restore(at('open.img'));
    const opened = openSync(at('open.img'), 'r');
    try {
      await expect(removeRestoredFiles(host, paths, operation)).rejects.toMatchObject({
        type: 'RestoreRefused',
        message: expect.stringContaining('open.img is in use') as unknown,
      });
      expect(existsSync(at('open.img'))).toBe(true);
    } finally {
      closeSync(opened);
    }
  });

  test('is told from other files, under whatever name a VM has it', async () => {
    const operation = await restore(at('told.img'));
    writeFileSync(at('foreign.img'), '');
    symlinkSync(at('told.img'), at('link.img'));
    const candidates = [at('foreign.img'), at('link.img'), at('told.img'), at('none.img')];
    expect(await restoredAmong(host, paths, operation, candidates)).toEqual([at('link.img'), at('told.img')]);
    renameSync(at('foreign.img'), at('told.img'));
    expect(await restoredAmong(host, paths, operation, candidates)).toEqual([]);
  });

  test('includes what a killed job left half way', async () => {
    const operation = 'c0ffee00-0000-4000-8000-000000000000';
    mkdirSync(at('half.stackhand.partial'));
    const { ino } = statSync(at('half.stackhand.partial'));
    // The job's last words were cut off.
    writeFileSync(restoredList(paths, operation), `${String(ino)}\0${at('half.stackhand.partial')}\0${String(ino)}`);
    await removeRestoredFiles(host, paths, operation);
    expect(existsSync(at('half.stackhand.partial'))).toBe(false);
  });

  test('is nothing where no job began', async () => {
    expect(await restoredAmong(host, paths, 'none', [at('disk.img')])).toEqual([]);
    await removeRestoredFiles(host, paths, 'none');
  });
});
