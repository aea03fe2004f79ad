import { afterEach, describe, expect, test } from '@jest/globals';
import {
  defineDomain,
  domainAddresses,
  dumpDomain,
  poolRefreshFor,
  undefineDomain,
} from '../../../src/systems/libvirt/index.ts';
import { domain, fixture, standInHost, type StandIn, type World } from './support/stand-in.ts';

const made: StandIn[] = [];
afterEach(() => made.splice(0).forEach((one) => one.remove()));

function given(build: (directory: string) => World, options?: Parameters<typeof standInHost>[1]): StandIn {
  const standIn = standInHost(build, options);
  made.push(standIn);
  return standIn;
}
const uuid = '1ecbb2fc-12f0-42ff-85b0-74c668e27163';
const elsewhere = '63da3112-87ee-4646-8c88-f11c11c5d515';
const acted = (standIn: StandIn) => standIn.commands().map((command) => command.split(' ')[0]);

describe('a dump', () => {
  test('holds the definition with its secrets, and every snapshot, whatever its name', async () => {
    const snapshots = {
      "-s n'1": '<domainsnapshot>1</domainsnapshot>',
      'Ü;$(x)': '<domainsnapshot>2</domainsnapshot>',
    };
    const standIn = given(() => ({ domains: [domain('', { snapshots })] }));
    const dump = await dumpDomain(standIn.host, uuid);
    expect(dump.xml).toMatch(/^<domain[\s\S]*<\/domain>\n$/);
    expect(dump.snapshots).toEqual({
      "-s n'1": '<domainsnapshot>1</domainsnapshot>\n',
      'Ü;$(x)': '<domainsnapshot>2</domainsnapshot>\n',
    });
    expect(dump.checkpoints).toEqual({});
    expect(standIn.commands()[0]).toBe(`dumpxml --inactive --security-info ${uuid}`);
    expect(standIn.roundTrips()).toBe(1);
  });

  test("of a VM that is gone fails, also where its UUID is another one's name", async () => {
    for (const name of ['web01', uuid]) {
      const { host } = given(() => ({ domains: [domain('', { uuid: elsewhere, name })] }));
      await expect(dumpDomain(host, uuid)).rejects.toMatchObject({ type: 'UnknownVm' });
    }
  });
});

describe('defining', () => {
  const xml = fixture('full.xml');
  const own = '2b3c4d5e-0000-4000-8000-000000000001';

  test('hands the XML to virsh whole', async () => {
    const standIn = given(() => ({ domains: [] }));
    await defineDomain(standIn.host, xml);
    expect(standIn.commands()).toEqual([`domname ${own}`, 'define /dev/stdin']);
  });

  test('replaces nothing unless it may', async () => {
    const world = () => ({ domains: [domain('', { uuid: own })] });
    const standIn = given(world);
    await expect(defineDomain(standIn.host, xml)).rejects.toMatchObject({
      type: 'RestoreRefused',
      message: expect.stringContaining(`there is one with the UUID ${own} already`),
    });
    expect(acted(standIn)).toEqual(['domname']);
    await expect(defineDomain(given(world).host, xml, { replace: true })).resolves.toBeUndefined();
  });

  test("fails with libvirt's reason", async () => {
    const down = "error: Failed to define domain from /dev/stdin\nerror: XML error: name a/b cannot contain '/'";
    const { host } = given(() => ({ domains: [], down }));
    await expect(defineDomain(host, xml)).rejects.toMatchObject({
      type: 'RestoreRefused',
      message: expect.stringContaining("XML error: name a/b cannot contain '/'"),
    });
  });
});

describe('undefining', () => {
  test('keeps the files', async () => {
    const standIn = given(() => ({ domains: [domain('')] }));
    await undefineDomain(standIn.host, uuid);
    expect(standIn.commands().at(-1)).toBe(`undefine --domain ${uuid} --keep-nvram --keep-tpm`);
  });

  test('of a VM that is gone is done', async () => {
    const standIn = given(() => ({ domains: [domain('', { uuid: elsewhere, name: uuid })] }));
    await expect(undefineDomain(standIn.host, uuid)).resolves.toBeUndefined();
    expect(acted(standIn)).toEqual(['domname']);
  });

  test.each(['running', 'paused', 'in shutdown'])('of a VM that is %s is refused', async (state) => {
    const standIn = given(() => ({ domains: [domain('', { state })] }));
    await expect(undefineDomain(standIn.host, uuid)).rejects.toMatchObject({ type: 'VmRefused' });
    expect(acted(standIn)).not.toContain('undefine');
  });
});

test('pools over the very directory of a path are refreshed, others are not', async () => {
  const pool = (name: string, path: string) =>
    `<pool type='dir'><name>${name}</name><uuid>${name}</uuid><target><path>${path}</path></target></pool>\n`;
  const standIn = given((directory) => ({
    domains: [],
    pools: [pool('here', `${directory}/a &amp; b`), pool('above', directory), pool('slash', `${directory}/a &amp; b/`)],
  }));
  expect(await poolRefreshFor(standIn.host, `${standIn.directory}/a & b/disk.raw`)).toEqual(['here', 'slash']);
  expect(standIn.commands().filter((command) => command.startsWith('pool-refresh'))).toEqual([
    'pool-refresh --pool here',
    'pool-refresh --pool slash',
  ]);
});

test("a VM's addresses are those that leases, neighbours and its agent know", async () => {
  const rows = (rows: string) => ` Name       MAC address          Protocol     Address\n----------\n${rows}\n`;
  const { host } = given(() => ({
    domains: [domain(`<interface type='network'><mac address='52:54:00:AA:BB:CC'/></interface>`, { state: 'running' })],
    addresses: {
      lease: rows(' vnet0      52:54:00:aa:bb:cc    ipv4         192.0.2.5/24'),
      agent: rows(
        ' lo         00:00:00:00:00:00    ipv4         127.0.0.1/8\n -          -                    ipv6         ::1/128\n eth0       52:54:00:aa:bb:cc    ipv4         192.0.2.5/24\n -          -                    ipv6         2001:DB8::5/64',
      ),
    },
  }));
  expect(await domainAddresses(host, uuid)).toEqual(['192.0.2.5', '2001:db8::5']);
});
