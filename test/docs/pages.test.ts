import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { blocksOf, english, pagesOfBackups } from './support/pages.ts';
import { elsewhere, testPages } from './support/test-pages.ts';

const pages = await english();

testPages(pages.filter((page) => !pagesOfBackups.includes(page)));

test('few blocks are not run, and each says why', async () => {
  const blocks = (await Promise.all(pages.map(blocksOf))).flat().filter(({ language }) => language === 'sh');
  const reasons = blocks.flatMap(({ page, said }) => (said.has('not run') ? `${page}: ${said.get('not run')}` : []));
  expect(reasons.length).toBeLessThanOrEqual(6);
  expect(reasons.length).toBeLessThan(blocks.length / 8);
});

test('what is said to run elsewhere does', () => {
  expect(Object.values(elsewhere).filter((file) => !existsSync(file))).toEqual([]);
});
