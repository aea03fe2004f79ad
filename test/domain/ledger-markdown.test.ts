import { expect, test } from '@jest/globals';
import { ledgerMarkdown } from '../../src/domain/ledger-markdown.ts';
import type { Item } from '../../src/contracts/operation.ts';

const item = (more: Partial<Item>): Item => ({ id: 'x', name: 'x', action: 'Archive vda', state: 'planned', ...more });

test('a ledger is a sentence and a table of steps', () => {
  const text = ledgerMarkdown({
    operation: 'o',
    title: 'Back up web01 on kvm1',
    phase: 'needs you',
    note: 'the host is away',
    items: [item({ state: 'done', startedAt: 0, endedAt: 12_000 }), item({ state: 'failed', why: 'no space' })],
  });
  expect(text.split('\n')[0]).toBe('**Back up web01 on kvm1** — needs you: the host is away');
  expect(text).toContain('| ✔ done | Archive vda | 12 s |  |');
  expect(text).toContain('| ✘ failed | Archive vda |  | no space |');
});

test('names and messages can not break out of the table', () => {
  const text = ledgerMarkdown({ operation: 'o', title: 't', phase: 'working', items: [item({ why: 'a|b\n| c <b>' })] });
  expect(text.split('\n')).toHaveLength(5);
  expect(text).toContain('a\\|b \\| c \\<b\\>');
});

test('it stays below what the Web UI takes, and says how much is left out', () => {
  const items = Array.from({ length: 500 }, (_, index) => item({ id: String(index), why: 'x'.repeat(1000) }));
  const text = ledgerMarkdown({ operation: 'o', title: 't', phase: 'working', items });
  expect(Buffer.byteLength(text)).toBeLessThan(20_000);
  expect(text).toContain('and 440 more');
});
