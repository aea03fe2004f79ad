import { afterEach, expect, test } from '@jest/globals';
import { liveFiles } from '../../../src/systems/libvirt/index.ts';
import { fixture, standInHost, type StandIn } from './support/stand-in.ts';

const made: StandIn[] = [];
afterEach(() => made.splice(0).forEach((one) => one.remove()));
const uuid = '4f40770a-edc7-49e2-88ec-4a1db52d34c9';

function app01(state: string): StandIn {
  const [inactive, live] = [fixture('app01.xml'), fixture('app01-live.xml')];
  const standIn = standInHost(() => ({ domains: [{ name: 'app01', uuid, state, inactive, live }] }));
  made.push(standIn);
  return standIn;
}

test('a VM that runs has its disks open, with what they stand on', async () => {
  const images = '/var/lib/libvirt/images';
  expect(await liveFiles(app01('running').host, uuid)).toEqual([`${images}/app01.qcow2`, `${images}/golden.qcow2`]);
});

test('one that is off, or not there, has none', async () => {
  expect(await liveFiles(app01('shut off').host, uuid)).toEqual([]);
  expect(await liveFiles(app01('running').host, '63da3112-87ee-4646-8c88-f11c11c5d515')).toEqual([]);
});
