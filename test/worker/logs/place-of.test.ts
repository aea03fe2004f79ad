import { describe, expect, test } from '@jest/globals';
import { placeOf } from '../../../src/worker/logs/place-of.ts';

const host = { name: 'kvm1', transport: 'ssh2', address: '10.0.0.1', runDirectory: '/run/stackhand', sudo: false };
const domain = { name: 'web01', uuid: '1b2c' };

describe('where an activity is at work', () => {
  test.each([
    ['a host and a domain', [host, domain, 'op'], { host: 'kvm1', vm: 'web01' }],
    [
      'a VM with its host and repository',
      [{ host, repository: { name: 'nas' }, domain }],
      { host: 'kvm1', vm: 'web01' },
    ],
    ['names that have still to be resolved', [{ host: 'kvm2', vm: 'web01' }], { host: 'kvm2' }],
    ['a batch of servers', [{ cloud: 'production', action: 'stop' }], { cloud: 'production' }],
    ['the first of two', [host, { ...host, name: 'kvm2' }], { host: 'kvm1' }],
    ['nothing of that', ['op', 3, null, { name: 'nas', type: 'nfs' }], {}],
  ])('is told by %s', (_, args, place) => {
    expect(placeOf(args)).toEqual(place);
  });
});
