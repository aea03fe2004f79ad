import { describe, expect, test } from '@jest/globals';
import { ChangeLines } from '../../../src/client/render/view.ts';
import { item, sight } from '../support/sight.ts';

describe('in a pipe or a log', () => {
  const lines: string[] = [];
  let now = 0;
  const view = new ChangeLines({ story: (line) => void lines.push(line) }, () => now);
  const show = (at: number, ...args: Parameters<typeof sight>): string[] => {
    lines.length = 0;
    now = at;
    view.show(sight(...args));
    return [...lines];
  };
  const archiving = (done: number): Parameters<typeof sight> => [
    [item('Look', { state: 'done' }), item('Archive vda', { state: 'running', activityId: 'a' }), item('Verify vda')],
    {
      pending: [
        {
          activityId: 'a',
          attempt: 1,
          started: true,
          queued: false,
          progress: { done, total: 2 ** 30, rate: 2 ** 20 },
        },
      ],
    },
  ];

  test('each change is one line, and nothing is said twice', () => {
    expect(show(0, [item('Look', { state: 'running' }), item('Archive vda')])).toEqual([
      'Back up web01 on kvm1: working',
      '  Look: running',
    ]);
    expect(show(1000, [item('Look', { state: 'running' }), item('Archive vda')])).toEqual([]);
  });

  test('progress is a line at first, then one every half minute while it moves', () => {
    expect(show(2000, ...archiving(0))).toEqual([
      '  Look: done',
      '  Archive vda: running  0 %  0 B of 1 GiB  1 MiB/s  17 min 4 s left',
    ]);
    expect(show(10_000, ...archiving(2 ** 28))).toEqual([]);
    expect(show(33_000, ...archiving(2 ** 29))).toEqual([
      '  Archive vda: running  50 %  512 MiB of 1 GiB  1 MiB/s  8 min 32 s left',
    ]);
    expect(show(90_000, ...archiving(2 ** 29))).toEqual([]);
  });

  test('what a person has to know is said once', () => {
    const [items, more] = archiving(2 ** 29);
    const waiting = { ...more, trouble: 'no worker' };
    expect(show(91_000, items, waiting)).toEqual(['  no worker']);
    expect(show(92_000, items, waiting)).toEqual([]);
    expect(show(93_000, items, more, { phase: 'putting back', note: 'the share is full' })).toEqual([
      'Back up web01 on kvm1: putting back',
      '  the share is full',
    ]);
  });

  test('why a step is tried again is said once for each reason', () => {
    const items = [item('Look', { state: 'done' }), item('Archive vda', { state: 'running', activityId: 'a' })];
    const tried = (attempt: number, failure: string): Parameters<typeof sight> => [
      items,
      { pending: [{ activityId: 'a', attempt, started: true, queued: false, failure }] },
    ];
    expect(show(94_000, ...tried(2, 'kvm1 does not answer'))).toEqual([
      'Back up web01 on kvm1: working',
      '  Archive vda: running  attempt 2 running: kvm1 does not answer',
    ]);
    expect(show(95_000, ...tried(3, 'kvm1 does not answer'))).toEqual([]);
    expect(show(96_000, ...tried(4, 'the share is away'))).toEqual([
      '  Archive vda: running  attempt 4 running: the share is away',
    ]);
  });
});
