import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { imageSourceSaid } from '../../src/client/image-source.ts';
import { imageNameOf } from '../../src/domain/images/disk-format.ts';
import { useTemporal } from '../support/temporal.ts';
import { cliHere, fakeWorker } from './support/cli.ts';

const temporal = useTemporal();

describe('what PATH of image upload means', () => {
  test.each([
    ['noble.img', { from: 'machine', machine: hostname(), path: join(process.cwd(), 'noble.img') }],
    ['/images/noble.img', { from: 'machine', machine: hostname(), path: '/images/noble.img' }],
    ['./a:b.img', { from: 'machine', machine: hostname(), path: join(process.cwd(), 'a:b.img') }],
    ['kvm1:/images/noble.img', { from: 'host', host: 'kvm1', path: '/images/noble.img' }],
    ['me@10.0.0.5:/a:b', { from: 'host', host: 'me@10.0.0.5', path: '/a:b' }],
    ['https://example.com/a.img', { from: 'url', url: 'https://example.com/a.img' }],
  ])('%s', (said, source) => {
    expect(imageSourceSaid(said)).toEqual(source);
  });

  test.each(['', 'file:///etc/passwd', 'ftp://a/b'])('%j is none', (said) => {
    expect(() => imageSourceSaid(said)).toThrow(/PATH is empty|nothing is fetched by/);
  });

  test.each([
    ['/a/noble-server.img', 'noble-server'],
    ['/a/rhel-9.4.qcow2', 'rhel-9.4'],
    ['/a/rhel-9.4', 'rhel-9.4'],
    ['/a/x#1/y?.img', 'y?'],
    ['/a/.img', '.img'],
    ['/images/debian-12.raw', 'debian-12'],
  ])('the usual name of %s is %s', (path, name) => {
    expect(imageNameOf(path)).toBe(name);
  });
});

test('without a worker that reads files of this machine nothing is started, and how to start one is said', async () => {
  await temporal.startWorker(await fakeWorker());
  const ran = await cliHere(['image', 'upload', 'noble.img'], temporal.env);
  expect(ran).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('stackhand worker --files') });
  expect(JSON.parse((await cliHere(['operation', 'list', '--json'], temporal.env)).stdout)).toEqual([]);
});
