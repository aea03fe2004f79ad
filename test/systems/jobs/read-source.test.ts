import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { streamPayload } from '../../../src/systems/jobs/archive.ts';
import { image, MiB, sha256Of } from './support/archives.ts';

const directory = mkdtempSync(join(tmpdir(), 'stackhand-stream-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Digest and size of a stream: what the reader says, and what is true. */
interface Read {
  readonly out: string;
  readonly said: string;
  readonly true: string;
}

/** Reads a source as an archive job does, with Python or with tar, and returns the stream and what it says of it. */
function read(path: string, kind: string, python: string): Read {
  const job = mkdtempSync(join(directory, 'job-'));
  const out = join(job, 'out');
  const script = `${streamPayload('stream').text}
pipes stream; start_reader "$1" "$2"; cat <"$JOB/stream" >"$JOB/out"; collect
for name in "\${names[@]}"; do ((status[$name] == 0)) || { end_of $name >&2; exit "\${status[$name]}"; }; done
stream_read; echo "$digest $bytes"`;
  const said = execFileSync('bash', ['-c', script, 'stackhand', kind, path], {
    env: { ...process.env, JOB: job, STACKHAND_PYTHON: python },
    encoding: 'utf8',
    stdio: 'pipe',
  });
  return { out, said: said.trim(), true: `${sha256Of(out)} ${statSync(out).size}` };
}

const python = '/usr/bin/python3';
const at = (name: string): string => join(directory, name);

const sources: Record<string, () => string> = {
  'a file without holes': () => image(at('dense'), 3 * MiB + 17, [[0, 3 * MiB + 17]]),
  'holes at head and tail': () => image(at('middle'), 40 * MiB, [[8 * MiB, 2 * MiB]]),
  'data at head and tail': () =>
    image(at('ends'), 40 * MiB + 100, [
      [0, 4096],
      [40 * MiB, 100],
    ]),
  'nothing but a hole': () => image(at('hole'), 64 * MiB, []),
  'an empty file': () => image(at('empty'), 0, []),
  'more regions than one header holds': () =>
    image(
      at('many'),
      64 * MiB,
      Array.from({ length: 60 }, (_, index) => [index * MiB, 5000] as const),
    ),
  'more than 8 GiB, of which little is data': () => image(at('huge'), 9 * 1024 * MiB, [[9 * 1024 * MiB - 8192, 8192]]),
  'a name of 200 characters': () => image(at('n'.repeat(200)), 10 * MiB, [[5 * MiB, 70_000]]),
  'a name with blanks, quotes, a newline and an escape': () =>
    image(at(`-rf 'two' "x"\n\\n $(touch no) ü`), 10 * MiB, [[5 * MiB, 70_000]]),
};

describe.each(Object.entries(sources))('%s', (_, make) => {
  const path = make();

  test('is the same stream from Python as from tar, and tar unpacks it', () => {
    const ours = read(path, 'file', python);
    const tars = read(path, 'file', '');
    expect(ours.said).toBe(ours.true);
    expect([tars.said, tars.true]).toEqual([ours.said, ours.true]);
    const unpacked = mkdtempSync(join(directory, 'unpacked-'));
    execFileSync('tar', ['-xSf', ours.out, '-C', unpacked]);
    const copy = join(unpacked, path.slice(directory.length + 1));
    const { size } = statSync(path);
    expect(statSync(copy).size).toBe(size);
    // Of a very large hole the end will do.
    const skip = String(Math.max(0, size - 100 * MiB));
    execFileSync('cmp', ['-i', skip, '--', path, copy]);
    expect(statSync(copy).blocks).toBeLessThanOrEqual(statSync(path).blocks + 16);
  });
});

test('a block device comes as it is, without a tar around it', () => {
  const path = image(at('device'), 5 * MiB + 512, [[MiB, MiB]]);
  const expected = `${sha256Of(path)} ${5 * MiB + 512}`;
  for (const reader of [python, ''])
    expect(read(path, 'block', reader)).toMatchObject({ said: expected, true: expected });
});

test('a directory comes as a tar with all that is below it', () => {
  mkdirSync(at('tpm/tpm2'), { recursive: true });
  writeFileSync(at('tpm/tpm2/tpm2-00.permall'), 'state');
  const { out, ...found } = read(at('tpm'), 'directory', python);
  expect(found.said).toBe(found.true);
  const list = execFileSync('tar', ['-tf', out], { encoding: 'utf8' });
  expect(list.split('\n')).toEqual(expect.arrayContaining(['tpm/', 'tpm/tpm2/tpm2-00.permall']));
});

describe('the Python reader', () => {
  const program = join(import.meta.dirname, '../../../src/systems/jobs/scripts/read-source.py');
  const run = (kind: string, path: string): { status: number | null; said: string } => {
    const { status, stderr } = spawnSync(python, ['-I', '-S', program, kind, path, at('digest')], {
      maxBuffer: 99 * MiB,
    });
    return { status, said: stderr.toString() };
  };

  test('ends with 2 when the file is not there, or a read fails', () => {
    expect(run('file', at('absent'))).toEqual({ status: 2, said: expect.stringContaining('No such file') as unknown });
    expect(run('block', '/proc/self/mem')).toEqual({
      status: 2,
      said: expect.stringContaining('Input/output error') as unknown,
    });
  });

  test('ends with 1 when the file becomes shorter while it is read', () => {
    const path = image(at('shrinking'), 8 * MiB, [[0, 8 * MiB]]);
    // A pipe holds the reader back until the file has been cut.
    const script = `"$@" | { head -c 2000000 >/dev/null; truncate -s 3000000 "$FILE"; cat >/dev/null; }; exit "\${PIPESTATUS[0]}"`;
    const { status } = spawnSync('bash', ['-c', script, 'x', python, '-I', '-S', program, 'file', path, at('digest')], {
      env: { ...process.env, FILE: path },
    });
    expect(status).toBe(1);
  });

  test('dies of a closed pipe as other programs do', () => {
    const path = image(at('unwanted'), 8 * MiB, [[0, 8 * MiB]]);
    const script = `trap '' PIPE; "$@" | head -c 10 >/dev/null; exit "\${PIPESTATUS[0]}"`;
    const { status } = spawnSync('bash', ['-c', script, 'x', python, '-I', '-S', program, 'file', path, at('digest')]);
    expect(status).toBe(141);
  });
});
