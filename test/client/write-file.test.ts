import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Fault } from '../../src/contracts/faults.ts';
import { writeFile } from '../../src/client/write-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'stackhand-write-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('writes what was asked for, over what is there', () => {
  const file = join(directory, 'report.html');
  for (const text of ['one', 'two']) {
    writeFile(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  }
});

test.each([
  ['no/such.html', 'there is no such directory'],
  ['a-file/report.html', 'what should be a directory is a file'],
  ['.', 'that is a directory'],
])('%s: %s', (name, why) => {
  writeFileSync(join(directory, 'a-file'), '');
  const file = join(directory, name);
  const said = expect.objectContaining({ message: `--html ${file} can't be written: ${why}` });
  const attempt = (): void => writeFile(file, 'text', { as: `--html ${file}` });
  expect(attempt).toThrow(Fault);
  expect(attempt).toThrow(said);
});
