import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { errorText } from '../../../src/worker/logs/error-text.ts';

describe('an error in a line of the log', () => {
  test('of ours is its type and message, without what hangs on it', () => {
    const error = ApplicationFailure.create({
      type: 'ShareFull',
      message: 'nas is full',
      details: [{ report: 'long' }],
    });
    expect(errorText(error)).toEqual({ type: 'ShareFull', message: 'nas is full' });
  });

  test('that nobody expected has its stack', () => {
    expect(errorText(new TypeError('x is undefined'))).toEqual({
      ...{ type: 'TypeError', message: 'x is undefined' },
      stack: expect.stringContaining('error-text.test.ts'),
    });
  });

  test('has its causes, of which the innermost has the stack; not without end', () => {
    const inner = new Error('connect ECONNREFUSED');
    expect(errorText(new Error('fetch failed', { cause: inner }))).toEqual({
      ...{ type: 'Error', message: 'fetch failed' },
      cause: { type: 'Error', message: 'connect ECONNREFUSED', stack: expect.any(String) },
    });
    const endless: { message: string; cause?: unknown } = { message: 'round' };
    endless.cause = endless;
    expect(JSON.stringify(errorText(endless)).match(/round/g)?.length).toBeLessThan(10);
  });

  test('of a workflow comes from another realm, and what is thrown need not be an error', () => {
    expect(errorText(runInNewContext(`new RangeError('too far')`))).toMatchObject({
      type: 'RangeError',
      message: 'too far',
    });
    expect(errorText('just text')).toBe('just text');
  });
});
