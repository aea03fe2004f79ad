import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readSecret } from '../../src/config/secret.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'secret-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

test('comes from the environment of the worker, or is the first line of a file', () => {
  const file = join(directory, 'token');
  writeFileSync(file, 's3cret value\nsecond line\n');
  expect(readSecret({ env: 'TOKEN' }, { TOKEN: 's3cret' })).toBe('s3cret');
  expect(readSecret({ file }, {})).toBe('s3cret value');
});

test('that is not there is named by its reference', () => {
  const file = join(directory, 'empty');
  writeFileSync(file, '\n');
  expect(() => readSecret({ env: 'TOKEN' }, {})).toThrow("the worker's environment has no TOKEN");
  expect(() => readSecret({ env: 'TOKEN' }, { TOKEN: '' })).toThrow(/TOKEN/);
  expect(() => readSecret({ file }, {})).toThrow(`${file} is empty`);
  expect(() => readSecret({ file: `${file}.not` }, {})).toThrow(/can't be read: ENOENT/);
});
