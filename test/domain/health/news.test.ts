import { expect, test } from '@jest/globals';
import { newsOf } from '../../../src/domain/health/news.ts';
import { finding, report } from '../../client/support/health.ts';

const hour = 3_600_000;
const goesOn = report({ findings: [finding({ difference: 'still there', alarm: 'a1' })] });

test('what goes on is not told again, unless it is to be recalled', () => {
  expect(newsOf(goesOn, { toldAt: goesOn.startedAt - 100 * hour, remindAfter: undefined })).toBeUndefined();
  expect(newsOf(goesOn, { toldAt: goesOn.startedAt - hour, remindAfter: 7200 })).toBeUndefined();
  const recalled = newsOf(goesOn, { toldAt: goesOn.startedAt - 2 * hour, remindAfter: 7200 });
  expect(recalled).toMatchObject({ event: 'health', message: expect.stringContaining('still there: ') });
  expect(recalled?.message).toContain('[a1]');
});

test('what is worse is told again; what has ended is told as such, with the alarm it began with', () => {
  const worse = report({ findings: [finding({ difference: 'worse' })] });
  expect(newsOf(worse, { toldAt: undefined, remindAfter: undefined })?.event).toBe('health');
  const ended = report({ findings: [finding({ difference: 'resolved', alarm: 'b2' })] });
  expect(newsOf(ended, { toldAt: undefined, remindAfter: undefined })).toEqual({
    event: 'recovered',
    message: expect.stringMatching(/All is well\.\nresolved: .*\[b2\]/s),
  });
});

test('what is known is never told', () => {
  const known = report({ findings: [finding({ difference: 'new', known: { reason: 'r' } })] });
  expect(newsOf(known, { toldAt: undefined, remindAfter: 1 })).toBeUndefined();
});

test('of many the first are named, and the rest counted', () => {
  const many = report({
    findings: Array.from({ length: 40 }, (_, at) => finding({ difference: 'new', id: String(at) })),
  });
  const { message = '' } = newsOf(many, { toldAt: undefined, remindAfter: undefined }) ?? {};
  expect(message.split('\n')).toHaveLength(12);
  expect(message).toContain('new: and 30 more');
});
