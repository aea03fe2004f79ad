import { afterEach, describe, expect, test } from '@jest/globals';
import {
  destroyDomain,
  domainState,
  dropManagedSave,
  requestShutdown,
  startDomain,
} from '../../../src/systems/libvirt/index.ts';
import { domain, standInHost, type Mishaps, type StandIn } from './support/stand-in.ts';

const uuid = '1ecbb2fc-12f0-42ff-85b0-74c668e27163';
const made: StandIn[] = [];
afterEach(() => made.splice(0).forEach((one) => one.remove()));

function given(state: string, mishaps: Mishaps = {}, known = uuid): StandIn {
  const standIn = standInHost(() => ({ domains: [domain('', { uuid: known, state })], mishaps }));
  made.push(standIn);
  return standIn;
}
const actions = { requestShutdown, destroyDomain, startDomain, dropManagedSave };

test.each(['running', 'in shutdown', 'shut off', 'paused'])('a VM that is %s is so', async (state) => {
  expect(await domainState(given(state).host, uuid)).toBe(state);
});

test('a state that is not known is a failure, no guess', async () => {
  await expect(domainState(given('dreaming').host, uuid)).rejects.toMatchObject({ type: 'CommandFailed' });
});

describe('what is so already is done', () => {
  test.each([
    ['shut off', requestShutdown],
    ['shut off', destroyDomain],
    ['running', startDomain],
    ['shut off', dropManagedSave],
  ])('on a VM that is %s', async (state, action) => {
    await expect(action(given(state).host, uuid)).resolves.toBeUndefined();
  });
});

test('virsh is told the UUID, and ACPI for a shutdown', async () => {
  const standIn = given('running');
  await requestShutdown(standIn.host, uuid);
  expect(standIn.commands().at(-1)).toBe(`shutdown --domain ${uuid} --mode acpi`);
});

describe('a VM that is gone', () => {
  test.each(Object.entries(actions))('is named by %s', async (_, action) => {
    const { host } = given('running', {}, '63da3112-87ee-4646-8c88-f11c11c5d515');
    await expect(action(host, uuid)).rejects.toMatchObject({ type: 'UnknownVm', details: { where: 'kvm1' } });
  });

  test('has no state', async () => {
    expect(await domainState(given('running', {}, '63da3112-87ee-4646-8c88-f11c11c5d515').host, uuid)).toBeUndefined();
  });

  test('is never mistaken for another VM that has its UUID for a name', async () => {
    const standIn = standInHost(() => ({
      domains: [domain('', { name: uuid, uuid: '63da3112-87ee-4646-8c88-f11c11c5d515', state: 'running' })],
    }));
    made.push(standIn);
    expect(await domainState(standIn.host, uuid)).toBeUndefined();
    for (const action of Object.values(actions))
      await expect(action(standIn.host, uuid)).rejects.toMatchObject({ type: 'UnknownVm' });
    expect(standIn.commands().filter((command) => !/^(domname|domstate) /.test(command))).toEqual([]);
  });
});

describe("libvirt's refusal", () => {
  test('of a start is VmStartFailed, with its reason', async () => {
    const stderr =
      "error: Failed to start domain 'web01'\nerror: Cannot access storage file '/vm/gone.raw': No such file or directory";
    await expect(startDomain(given('shut off', { start: { exitCode: 1, stderr } }).host, uuid)).rejects.toMatchObject({
      type: 'VmStartFailed',
      message:
        "libvirt on kvm1 could not start the VM: Cannot access storage file '/vm/gone.raw': No such file or directory",
    });
  });

  test.each(['shutdown', 'destroy'] as const)('of %s is a failure, with its reason', async (command) => {
    const stderr = `error: Failed to ${command}\nerror: Timed out during operation: cannot acquire state change lock`;
    const action = command === 'shutdown' ? requestShutdown : destroyDomain;
    await expect(action(given('running', { [command]: { exitCode: 1, stderr } }).host, uuid)).rejects.toMatchObject({
      type: 'CommandFailed',
      message: expect.stringContaining('cannot acquire state change lock'),
    });
  });
});

test('what is no UUID never gets to virsh', async () => {
  const standIn = given('running');
  await expect(domainState(standIn.host, `${uuid}; destroy web01`)).rejects.toMatchObject({ type: 'InvalidInput' });
  expect(standIn.commands()).toEqual([]);
});
