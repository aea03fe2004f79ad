import { describe, expect, test } from '@jest/globals';
import { planInWords, serversOfHosts } from '../../src/domain/plan-in-words.ts';
import type { ServerPlan } from '../../src/contracts/server-operation.ts';

const plan = {
  servers: 12,
  hosts: { compute1: 4, compute2: 8 },
  leftAlone: 4,
  reasons: { locked: 1, 'is stopped already': 3 },
  unusedExcludes: [],
} as unknown as ServerPlan;

describe('a plan in one line', () => {
  test('counts servers and hosts, and why others are left alone, the most usual reason first', () => {
    expect(planInWords(plan)).toBe('12 servers of 2 hosts; 4 left alone: 3 is stopped already, 1 locked');
  });

  test('names no host where the cloud shows none, and says one of one', () => {
    expect(serversOfHosts({ servers: 1, hosts: { '': 1 } })).toBe('1 server');
    expect(serversOfHosts({ servers: 1, hosts: { compute1: 1 } })).toBe('1 server of 1 host');
  });

  test('tells an exclusion that excludes nothing: it may be a slip', () => {
    expect(planInWords({ ...plan, leftAlone: 0, unusedExcludes: ['web-*'] })).toBe(
      '12 servers of 2 hosts; nothing is excluded by web-*',
    );
  });
});
