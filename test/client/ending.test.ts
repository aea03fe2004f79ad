import { describe, expect, test } from '@jest/globals';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { fromFailure } from '../../src/client/ending.ts';
import { sight } from './support/sight.ts';

const report = {
  operation: 'op',
  title: 't',
  outcome: 'failed',
  summary: 'it failed',
  items: [],
  startedAt: 0,
  endedAt: 1,
};

describe('how an operation ended', () => {
  test('is in the report that its failure carries', () => {
    const failure = { type: 'ShareFull', message: 'full', remedy: 'free space' };
    const cause = ApplicationFailure.create({ type: 'ShareFull', message: 'full', details: [{ ...report, failure }] });
    expect(fromFailure(cause)).toMatchObject({ outcome: 'failed', summary: 'it failed', failure });
  });

  test('without a report is in the fault it failed with, its remedy from the list', () => {
    const cause = ApplicationFailure.create({
      ...{ type: 'UnknownHost', message: 'no host "kvm"', details: [{ candidates: ['kvm1'] }] },
    });
    expect(fromFailure(cause)).toEqual({
      outcome: 'failed',
      summary: 'no host "kvm" (nearest: kvm1)',
      failure: {
        type: 'UnknownHost',
        message: 'no host "kvm" (nearest: kvm1)',
        remedy: 'name a host of the config, or USER@ADDRESS',
      },
    });
  });

  test('of a cancelled one is what its ledger said last', () => {
    const { ledger } = sight([], {}, { phase: 'finished', note: 'Cancelled; all was put back' });
    expect(fromFailure(new CancelledFailure('cancelled'), ledger)).toEqual({
      outcome: 'cancelled',
      summary: 'Cancelled; all was put back',
    });
    expect(fromFailure(new CancelledFailure('cancelled')).outcome).toBe('cancelled');
  });

  test('by a terminate names the repair, since no undo ran', () => {
    expect(fromFailure(new TerminatedFailure('terminated')).failure).toMatchObject({
      type: 'Terminated',
      remedy: expect.stringContaining('stackhand operation repair'),
    });
  });
});
