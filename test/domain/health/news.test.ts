import { expect, test } from '@jest/globals';
import { newsOf } from '../../../src/domain/health/news.ts';
import { finding, report } from '../../client/support/health.ts';

const hour = 3_600_000;
const { startedAt } = report();
const goesOn = (toldAt: number) =>
  report({ findings: [finding({ difference: 'still there', alarm: 'a1', id: 'x', toldAt })] });

test('what goes on is not told again, unless it is to be recalled', () => {
  expect(newsOf(goesOn(startedAt - 100 * hour), undefined)).toEqual({ about: [] });
  expect(newsOf(goesOn(startedAt - hour), 7200)).toEqual({ about: [] });
  const { news, about } = newsOf(goesOn(startedAt - 2 * hour), 7200);
  expect(news).toMatchObject({ event: 'health', message: expect.stringMatching(/^still there: .*\[a1\]$/m) });
  expect(about).toEqual(['x']);
});

test('what nobody was told of yet is told, however long it is there', () => {
  const { news, about } = newsOf(report({ findings: [finding({ difference: 'still there', id: 'x' })] }), undefined);
  expect(news?.message).toMatch(/^new: /m);
  expect(about).toEqual(['x']);
});

test('what is worse is told again; what has ended is told as such, with the alarm it began with', () => {
  const worse = newsOf(report({ findings: [finding({ difference: 'worse' })] }), undefined);
  expect(worse.news).toMatchObject({ event: 'health', message: expect.stringMatching(/^worse: /m) });
  const ended = finding({ difference: 'resolved', alarm: 'b2' });
  expect(newsOf(report({ findings: [ended] }), undefined).news).toEqual({
    event: 'recovered',
    message: expect.stringMatching(/All is well\.\nresolved: .*\[b2\]/s),
  });
});

test('while something is wrong, here or elsewhere, nothing has recovered', () => {
  const ended = finding({ difference: 'resolved', alarm: 'b2' });
  const other = finding({ difference: 'still there', id: 'x', toldAt: 1 });
  expect(newsOf(report({ findings: [ended, other] }), undefined).news?.event).toBe('health');
  expect(newsOf(report({ findings: [ended], elsewhere: 1 }), undefined).news).toMatchObject({
    event: 'health',
    message: expect.stringContaining('Nothing is wrong of what was looked at. 1 more elsewhere'),
  });
});

test('what is known is never told', () => {
  const known = report({ findings: [finding({ difference: 'new', known: { reason: 'r' } })] });
  expect(newsOf(known, 1)).toEqual({ about: [] });
});

test('of many the first are named, and the rest counted', () => {
  const many = report({
    findings: Array.from({ length: 40 }, (_, at) => finding({ difference: 'new', id: String(at) })),
  });
  const { message = '' } = newsOf(many, undefined).news ?? {};
  expect(message.split('\n')).toHaveLength(12);
  expect(message).toContain('new: and 30 more');
});
