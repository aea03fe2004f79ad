import { describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { problemLines, problemOf } from '../../src/client/errors.ts';
import { Fault } from '../../src/contracts/faults.ts';

const plain = picocolors.createColors(false);

describe('a problem', () => {
  test('says what, where, why and what next', () => {
    const fault = new Fault('UnknownVm', 'there is no VM "web1"', {
      ...{ where: 'kvm1', candidates: ['web01', 'web02'], output: 'error: no domain\n' },
    });
    expect(problemLines(problemOf(fault), plain)).toEqual([
      'error: there is no VM "web1"',
      '  where      kvm1',
      '  nearest    web01, web02',
      '  output     error: no domain',
      '  what next  names are exact; stackhand vm list shows them',
    ]);
  });

  test('can not drive the terminal', () => {
    const lines = problemLines({ type: 'CommandFailed', message: 'x\u001b[2J' }, plain);
    expect(lines).toEqual(['error: x\\x1b[2J']);
  });

  test.each([
    [new Fault('InvalidInput', 'x'), 'usage'],
    [new Fault('ConfigInvalid', 'x'), 'usage'],
    [new Fault('NoWorker', 'x'), 'unreachable'],
    [new Fault('TemporalUnreachable', 'x'), 'unreachable'],
    [new Fault('HostUnreachable', 'x'), 'failed'],
    [new Error('a bug'), 'failed'],
  ] as const)('%s ends as %s', (error, ending) => {
    expect(problemOf(error).ending).toBe(ending);
  });

  test.each([
    [14, 'connection lost', 'TemporalUnreachable'],
    [14, 'No connection established. Last error: read ECONNRESET', 'TemporalUnreachable'],
    [7, 'Request unauthorized.', 'TemporalRefused'],
    [3, 'Namespace x has no mapping defined for search attribute StackhandHost', 'TemporalRefused'],
  ])('gRPC code %i is told in a sentence', (code, details, type) => {
    // As the SDK throws it: wrapped.
    const error = new Error('Failed to start Workflow', { cause: Object.assign(new Error('x'), { code, details }) });
    const problem = problemOf(error);
    expect(problem).toMatchObject({ type, ending: 'unreachable' });
    expect(problem.message).toContain(details.replace(/^No .* error: /, ''));
    expect(problem.remedy).toBeTruthy();
  });

  test.each([
    ['here', { code: 4, details: 'Deadline exceeded after 0.001s,waiting for metadata filters' }],
    ['at the server', { code: 1, details: 'Call cancelled' }],
  ])('a deadline that passed %s is an answer that did not come in time', (_, status) => {
    const problem = problemOf(Object.assign(new Error('x'), status));
    expect(problem).toMatchObject({
      message: 'Temporal does not answer (no answer in time)',
      type: 'TemporalUnreachable',
    });
  });
});
