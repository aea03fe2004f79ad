import { afterEach, expect, test } from '@jest/globals';
import { domainNames, listDomains } from '../../../src/systems/libvirt/index.ts';
import { readNames } from '../../../src/systems/libvirt/names.ts';
import { disk, domain, image, standInHost, type StandIn, type World } from './support/stand-in.ts';

const made: StandIn[] = [];
afterEach(() => made.splice(0).forEach((one) => one.remove()));

function given(build: (directory: string) => World): StandIn {
  const standIn = standInHost(build);
  made.push(standIn);
  return standIn;
}
const uuid = (at: number) => `1ecbb2fc-12f0-42ff-85b0-${String(at).padStart(12, '0')}`;

test('all VMs of a host, more than one connection asks for, take three round trips at most', async () => {
  const standIn = given((directory) => ({
    domains: Array.from({ length: 301 }, (_, at) =>
      domain(disk('vda', image(`${directory}/${at}`, at)), {
        uuid: uuid(at),
        name: `vm${String(at).padStart(3, '0')}`,
      }),
    ),
  }));
  const listed = await listDomains(standIn.host);
  expect(listed).toHaveLength(301);
  expect(listed[300]).toEqual({
    name: 'vm300',
    uuid: uuid(300),
    state: 'shut off',
    autostart: false,
    disks: [{ target: 'vda', path: `${standIn.directory}/300`, size: 300, allocated: expect.any(Number) }],
  });
  expect(standIn.roundTrips()).toBeLessThanOrEqual(3);
});

test('what can not be looked at is told, and keeps nothing else from being seen', async () => {
  const listed = await listDomains(
    given((directory) => ({
      domains: [
        domain(disk('vda', '/no/such') + disk('vdb', image(`${directory}/b`)), { uuid: uuid(1), name: 'web' }),
        domain(
          `<disk type='network'><source protocol='rbd' name='vms/x'/><target dev='vda'/></disk>
           <disk type='volume'><source pool='p' volume='v'/><target dev='vdb'/></disk>
           <disk type='file' device='cdrom'><source file='/x.iso'/><target dev='sda'/></disk>`,
          { uuid: uuid(2), name: 'db', state: 'running' },
        ),
      ],
    })).host,
  );
  expect(listed.map(({ name, state, problem }) => [name, state, problem])).toEqual([
    ['db', 'running', "vda can't be looked at (on the network (rbd:vms/x)); vdb can't be looked at (volume p/v)"],
    ['web', 'shut off', "vda can't be looked at (/no/such: No such file or directory)"],
  ]);
  expect(listed[1]!.disks.map(({ target, size }) => [target, size])).toEqual([
    ['vda', 0],
    ['vdb', 4096],
  ]);
});

test('a host without VMs has none', async () => {
  const { host } = given(() => ({ domains: [] }));
  expect(await listDomains(host)).toEqual([]);
  expect(await domainNames(host)).toEqual([]);
});

test('a libvirt that went away is a failure, not an empty list', async () => {
  const { host } = given(() => ({ domains: [domain('')], down: 'error: failed to connect to the hypervisor' }));
  await expect(listDomains(host)).rejects.toMatchObject({ type: 'CommandFailed' });
});

test('names that virsh fills up with blanks are read, and names that end with one too', () => {
  const filled = ['web01', 'Übung', 'two words', 'x'.repeat(40)].map((name, at) => {
    const blanks = Math.max(0, 30 - Buffer.byteLength(name));
    return { line: `${uuid(at)} ${name}${' '.repeat(blanks)}`, name };
  });
  expect(readNames(`${filled.map(({ line }) => line).join('\n')}\n\n`)).toEqual(
    filled.map(({ name }, at) => ({ uuid: uuid(at), name })),
  );
  expect(readNames(`${uuid(1)} web01 \n${uuid(2)}  db\n`).map(({ name }) => name)).toEqual(['web01 ', ' db']);
});

test.each(['web01', 'Id Name State', `${uuid(1)}`, `${uuid(1).toUpperCase()}z x`])(
  'a line like %j is a failure',
  (line) => {
    expect(() => readNames(`${line}\n`)).toThrow(expect.objectContaining({ type: 'CommandFailed' }));
  },
);
