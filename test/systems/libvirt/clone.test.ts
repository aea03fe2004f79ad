import { describe, expect, test } from '@jest/globals';
import { cloneDomainXml } from '../../../src/systems/libvirt/index.ts';
import type { CloneOptions } from '../../../src/systems/libvirt/index.ts';
import { fixture } from './support/stand-in.ts';

// full.xml is what libvirt made of a definition with one of each; all of its copies below were accepted by it.
const full = fixture('full.xml');
const uuid = 'aaaaaaaa-0000-4000-8000-000000000002';
const clone = (options: Partial<CloneOptions> = {}, xml = full) =>
  cloneDomainXml(xml, { newMacs: false, paths: {}, connect: true, ...options });
const lines = (xml: string) =>
  xml
    .replaceAll('"', "'")
    .split('\n')
    .map((line) => line.trim());

/** The lines that only one of the two has, quotes made equal. */
function changes(from: string, to: string): { gone: string[]; come: string[] } {
  const [before, after] = [lines(from), lines(to)];
  return {
    gone: before.filter((line) => !after.includes(line)),
    come: after.filter((line) => !before.includes(line)),
  };
}

test('a definition that is to stay as it is stays so, but for the kind of its quotes', () => {
  for (const name of ['app01.xml', 'old01.xml']) {
    const xml = fixture(name);
    expect(clone({}, xml).replaceAll('"', "'").trim()).toBe(xml.trim());
  }
  const kept = clone();
  expect(kept).toContain(`<description>a &amp; b &lt; "c" 'd'</description>`);
  expect(kept).toContain('<app:x xmlns:app="http://a/b">k<!-- c --></app:x>');
  expect(kept).toContain('<name>full "one"</name>');
});

describe('a copy under another name', () => {
  test('has nothing that must not be there twice, and is like the original in all else', () => {
    expect(
      changes(full, clone({ name: 'copy & <two>', uuid }).replaceAll('full &quot;one&quot;', 'full "one"')),
    ).toEqual({
      gone: expect.arrayContaining([
        '<genid>43dc0cf8-809b-4adb-9bea-a9abb5f3d90e</genid>',
        "<target dev='tapfull'/>",
        "<parameters interfaceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/>",
        "<log file='/var/log/libvirt/x.log'/>",
        "<source mode='bind' path='/tmp/agent.sock'/>",
        "<graphics type='vnc' port='5955' autoport='no' websocket='5700' listen='127.0.0.1'>",
        "<cid auto='no' address='7'/>",
      ]),
      come: expect.arrayContaining([
        '<name>copy &amp; &lt;two&gt;</name>',
        `<uuid>${uuid}</uuid>`,
        '<genid/>',
        `<entry name='uuid'>${uuid}</entry>`,
        "<nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'/>",
        '<parameters/>',
        "<graphics type='vnc' autoport='yes' listen='127.0.0.1'>",
        "<cid auto='yes'/>",
        "<source path='/tmp/copy &amp; &lt;two&gt;.log'/>",
      ]),
    });
  });

  test('keeps what is inside of it: disks, serial numbers, metadata, devices', () => {
    const copy = clone({ name: 'copy', uuid });
    for (const line of [
      '<serial>S1</serial>',
      '<app:x ',
      '<model fallback="forbid">qemu64</model>',
      '<boot dev="hd"/>',
    ])
      expect(copy).toContain(line);
  });

  test('has the links of its network down unless it may be connected', () => {
    const links = (xml: string) => xml.match(/<link state="(\w+)"\/>/g);
    expect(links(clone({ name: 'copy', uuid, connect: false }))).toEqual([
      '<link state="down"/>',
      '<link state="down"/>',
    ]);
    expect(links(clone({ name: 'copy', uuid }))).toEqual(['<link state="up"/>']);
  });

  test.each([
    ["<hostdev mode='subsystem' type='pci'/>", 'a device of the host (pci)'],
    ["<interface type='hostdev'/>", 'a network device of the host'],
  ])('that must not be connected, with %s, is refused', (device, what) => {
    const xml = full.replace('<devices>', `<devices>${device}`);
    expect(() => clone({ name: 'copy', uuid, connect: false }, xml)).toThrow(
      expect.objectContaining({ type: 'RestoreRefused', message: expect.stringContaining(what) }),
    );
    expect(() => clone({ name: 'copy', uuid }, xml)).not.toThrow();
  });

  test.each(['qemu', 'q'])(
    "that must not be connected, with qemu's own network options (%s:), is refused",
    (prefix) => {
      const line = `<${prefix}:commandline xmlns:${prefix}='http://libvirt.org/schemas/domain/qemu/1.0'><${prefix}:arg value='-netdev'/></${prefix}:commandline>`;
      const xml = full.replace('</domain>', `${line}</domain>`);
      expect(() => clone({ name: 'copy', uuid, connect: false }, xml)).toThrow(
        expect.objectContaining({
          type: 'RestoreRefused',
          message: expect.stringContaining("qemu's own network options"),
        }),
      );
    },
  );
});

describe('MAC addresses', () => {
  const macs = (xml: string) => [...xml.matchAll(/<mac address="([^"]+)"/g)].map((match) => match[1]!);

  test("are new where that is asked for, of the same maker's", () => {
    const [one, two] = [macs(clone({ newMacs: true })), macs(clone({ newMacs: true }))];
    expect(one[0]).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
    expect(one[1]).toMatch(/^00:16:3e(:[0-9a-f]{2}){3}$/);
    expect(new Set([...one, ...two, '52:54:00:aa:bb:cc', '00:16:3e:01:02:03']).size).toBe(6);
  });

  test('stay otherwise', () => {
    expect(macs(clone({ name: 'copy', uuid }))).toEqual(['52:54:00:aa:bb:cc', '00:16:3e:01:02:03']);
  });
});

describe('files', () => {
  const sources = (xml: string) => [...xml.matchAll(/<source (?:file|dev|pool)="[^>]*\/>/g)].map(([found]) => found);

  test('move by their path, at every depth', () => {
    const paths = {
      '/v/top.qcow2': '/n/top',
      '/v/mid.qcow2': '/n/mid',
      '/v/base.raw': '/n/base',
      '/dev/vg/lv': '/dev/sdz',
    };
    expect(sources(clone({ paths }))).toEqual([
      '<source pool="x" volume="y"/>',
      '<source file="/n/top"/>',
      '<source file="/n/mid"/>',
      '<source file="/n/base"/>',
      '<source dev="/dev/sdz"/>',
    ]);
  });

  test("move by the disk's target, whatever the definition calls them; a volume becomes a file, a device may", () => {
    const to = (vdc: string) => clone({ disks: { vda: '/n/a', vdb: '/n/b', vdc }, paths: {} });
    expect(sources(to('/n/c'))).toEqual(['<source file="/n/a"/>', '<source file="/n/b"/>', '<source file="/n/c"/>']);
    expect(sources(to('/dev/sdz'))[2]).toBe('<source dev="/dev/sdz"/>');
    expect(to('/n/c').match(/<disk type="\w+"/g)).toEqual(Array.from({ length: 3 }, () => '<disk type="file"'));
    expect(to('/dev/sdz')).toContain('<disk type="block"');
    expect(to('/n/c').match(/<source [^>]*(pool|volume|dev)=/)).toBeNull();
  });

  test('below a moved disk stay spelled out only if it is known where each of them went', () => {
    const some = clone({ disks: { vdb: '/n/b' }, paths: { '/v/mid.qcow2': '/n/mid' } });
    const all = clone({ disks: { vdb: '/n/b' }, paths: { '/v/mid.qcow2': '/n/mid', '/v/base.raw': '/v/base.raw' } });
    expect(some).not.toContain('backingStore');
    expect(sources(all)).toEqual(expect.arrayContaining(['<source file="/n/mid"/>', '<source file="/v/base.raw"/>']));
  });

  const variables = "<nvram template='/t'>/vm/web_VARS.fd</nvram>";
  const inSource = "<nvram type='file'><source file='/vm/web_VARS.fd'/></nvram>";
  const store = "<varstore template='/t' path='/vm/web_VARS.fd'/>";
  const firmware = (os: string, options: Partial<CloneOptions>) => {
    const xml = `<domain><name>web</name><uuid>${uuid}</uuid><os>${os}</os></domain>`;
    return /<os>(.*)<\/os>/.exec(clone(options, xml).replaceAll('"', "'"))![1];
  };
  test.each([
    [variables, { nvram: '/n/v' }, "<nvram template='/t'>/n/v</nvram>"],
    [variables, { paths: { '/vm/web_VARS.fd': '/n/v' } }, "<nvram template='/t'>/n/v</nvram>"],
    [variables, { name: 'copy' }, "<nvram template='/t'/>"],
    [variables, {}, variables],
    [inSource, { nvram: '/n/v' }, "<nvram type='file'><source file='/n/v'/></nvram>"],
    [inSource, { name: 'copy' }, '<nvram/>'],
    [inSource, {}, inSource],
    [store, { nvram: '/n/v' }, "<varstore template='/t' path='/n/v'/>"],
    [store, { name: 'copy' }, "<varstore template='/t'/>"],
  ])('of UEFI variables: %s with %j is %s', (os, options, result) => {
    expect(firmware(os, options)).toBe(result);
  });

  test("of a TPM's state move, or are left to libvirt in a copy", () => {
    const xml = `<domain><name>web</name><uuid>${uuid}</uuid><devices><tpm><backend type='emulator'><source type='dir' path='/tpm/web'/></backend></tpm></devices></domain>`;
    expect(clone({ name: 'copy', paths: { '/tpm/web': '/tpm/copy' } }, xml)).toContain('path="/tpm/copy"');
    expect(clone({ name: 'copy' }, xml)).not.toContain('<source');
    expect(clone({}, xml)).toContain('path="/tpm/web"');
  });
});

test.each(['', '<domain>', '<domain><a></b></domain>', '<network/>', 'no XML'])(
  'what is no definition is refused: %j',
  (xml) => {
    expect(() => clone({}, xml)).toThrow(expect.objectContaining({ name: 'Fault' }));
  },
);
