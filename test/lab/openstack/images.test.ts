import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { ImageUploadResult } from '../../../src/contracts/image-upload.ts';
import type { Report } from '../../../src/contracts/operation.ts';
import { useCloudProgram } from '../../support/cloud-program.ts';
import { until } from '../../support/poll.ts';
import { Sshd } from '../../support/sshd.ts';
import { cloudEnv, labCloud } from '../support/openstack.ts';

type Ended = Report<ImageUploadResult> & { exitCode: number | undefined };

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly size: number;
}

/** The same promises on a real Glance and through a real sshd, looked at with the cloud's own command line. */
describe('images of a real cloud', () => {
  let sshd: Sshd;
  const program = useCloudProgram(async () => {
    sshd = await Sshd.start();
    const { port, user, identityFile, knownHosts } = sshd;
    const host = JSON.stringify({ address: '127.0.0.1', port, user, identityFile, knownHosts });
    return { clouds: labCloud.clouds, cloud: labCloud.admin, config: `hosts:\n  store: ${host}\n` };
  });
  const openstack = async (...args: string[]): Promise<string> =>
    (await execa('openstack', args, { env: cloudEnv, stdin: 'ignore' })).stdout;
  const images = async (name: string): Promise<Shown[]> => {
    const { stdout } = await execa('openstack', ['image', 'list', '--long', '-f', 'json'], { env: cloudEnv });
    const all = JSON.parse(stdout) as { ID: string; Name: string; Status: string; Size: number }[];
    return all
      .filter(({ Name }) => Name.startsWith(name))
      .map(({ ID: id, Name, Status: status, Size: size }) => ({ id, name: Name, status, size }));
  };

  // A run that was broken off may have left some of that name.
  const tier = `tier-${randomBytes(3).toString('hex')}`;
  const mebibytes = 400;
  let path = '';
  let sha512 = '';
  const digestOf = async (file: string): Promise<string> => {
    const hash = createHash('sha512');
    await pipeline(createReadStream(file), hash);
    return hash.digest('hex');
  };
  beforeAll(async () => {
    path = join(program.directory, 'tier-image.raw');
    const some = randomBytes(1024 * 1024);
    const content = Array.from({ length: mebibytes }, (_, at) => {
      some.writeUInt32LE(at);
      return Buffer.from(some);
    });
    await pipeline(Readable.from(content), createWriteStream(path));
    sha512 = await digestOf(path);
  }, 60_000);
  beforeEach(() => program.startWorker());
  afterAll(async () => {
    for (const { id } of await images(tier)) {
      await openstack('image', 'set', '--unprotected', id);
      await openstack('image', 'delete', id);
    }
    await sshd.stop();
  }, 120_000);

  test('killed while it is sent: one image, active, and what is fetched back is the file', async () => {
    const id = await program.begin('image', 'upload', path, '--name', `${tier}-killed`);
    await until('Glance is given it', async () => (await images(`${tier}-killed`))[0]?.status === 'saving', 60);
    await program.stopWorkers('SIGKILL');
    await program.startWorker();
    const report = (await program.temporal.client.workflow.getHandle(id).result()) as Ended;
    const image = report.result?.image;
    expect(image).toMatchObject({ status: 'active', hash: { algorithm: 'sha512', value: sha512 } });
    expect(await images(`${tier}-killed`)).toEqual([
      { id: image?.id, name: `${tier}-killed`, status: 'active', size: mebibytes * 1024 * 1024 },
    ]);
    const back = join(program.directory, 'back.raw');
    await openstack('image', 'save', '--file', back, image?.id ?? '');
    expect(await digestOf(back)).toBe(sha512);
    await rm(back);
  }, 240_000);

  test('cancelled while it is sent it leaves nothing; sent again it is recognised; replaced it is hidden', async () => {
    const id = await program.begin('image', 'upload', path, '--name', `${tier}-life`);
    await until('Glance is given it', async () => (await images(`${tier}-life`))[0]?.status === 'saving', 60);
    await program.json('operation', 'cancel', id, '--wait');
    expect(await images(`${tier}-life`)).toEqual([]);
    const first = await program.json<Ended>('image', 'upload', path, '--name', `${tier}-life`, '--public');
    expect(first).toMatchObject({ exitCode: 0, result: { sent: true } });
    const again = await program.json<Ended>('image', 'upload', path, '--name', `${tier}-life`);
    expect(again).toMatchObject({ exitCode: 0, result: { sent: false, image: { id: first.result?.image.id } } });
    const more = ['--name', `${tier}-life`, '--force', '--replace', '--protected'];
    const next = await program.json<Ended>('image', 'upload', path, ...more);
    expect(next).toMatchObject({ exitCode: 0, result: { replaced: [{ id: first.result?.image.id }] } });
    expect(await images(`${tier}-life`)).toMatchObject([{ id: next.result?.image.id, name: `${tier}-life` }]);
    const old = JSON.parse(await openstack('image', 'show', first.result?.image.id ?? '', '-f', 'json')) as object;
    expect(old).toMatchObject({
      name: expect.stringContaining(`${tier}-life (`),
      properties: expect.objectContaining({ os_hidden: true }),
    });
    await openstack('image', 'delete', first.result?.image.id ?? '');
  }, 240_000);

  test('a file of a host comes through sshd, also where its connection dies on the way', async () => {
    const id = await program.begin('image', 'upload', `store:${path}`, '--name', `${tier}-host`);
    await until('Glance is given it', async () => (await images(`${tier}-host`))[0]?.status === 'saving', 60);
    await sshd.signalSessions('SIGKILL');
    const report = (await program.temporal.client.workflow.getHandle(id).result()) as Ended;
    expect(report.result?.image).toMatchObject({ status: 'active', hash: { value: sha512 } });
    expect(await images(`${tier}-host`)).toHaveLength(1);
  }, 240_000);
});
