import { expect, test } from '@jest/globals';
import { nearest } from '../../src/domain/nearest.ts';

const vms = ['web01', 'web02', 'db01', 'prod-web01', 'backup server'];

test.each([
  ['wbe01', ['web01', 'db01']],
  ['WEB01', ['web01', 'web02', 'prod-web01']],
  ['web1', ['web01', 'web02']],
  ['backup', ['backup server']],
  ['web', ['web01', 'web02', 'prod-web01']],
  ['mail', []],
  ['', []],
])('%j may mean %j', (name, meant) => {
  expect(nearest(name, vms)).toEqual(meant);
});

test('names no candidate twice, and three at most', () => {
  expect(nearest('vm', ['vm', 'vm', 'vm1', 'vm2', 'vm3'])).toEqual(['vm', 'vm1', 'vm2']);
});
