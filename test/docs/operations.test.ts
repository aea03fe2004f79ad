import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { faults } from '../../src/contracts/faults.ts';

test('docs/operations.md lists every failure with its remedy, as the program says it', async () => {
  const text = await readFile('docs/operations.md', 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => /^\| [A-Z]\w+ +\| (yes|no) +\|/.test(line))
    .map((line) => line.replace(/\s+/g, ' '));
  const expected = Object.entries(faults).map(
    ([type, { permanent, remedy }]) => `| ${type} | ${permanent ? 'no' : 'yes'} | ${remedy.replaceAll('|', '\\|')} |`,
  );
  expect(rows).toEqual(expected);
});
