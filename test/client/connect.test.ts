import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { connect, resolveTemporal } from '../../src/client/connect.ts';
import { freePort } from '../../src/client/temporal/ports.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { useTemporal } from '../support/temporal.ts';

async function emptyHome(): Promise<NodeJS.ProcessEnv> {
  return { HOME: await scratchDirectory('home') };
}

async function profiles(env: NodeJS.ProcessEnv, toml: string): Promise<void> {
  const file = join(env['HOME'] ?? '', 'temporal.toml');
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, toml);
  env['TEMPORAL_CONFIG_FILE'] = file;
}

describe('which Temporal is meant', () => {
  test('nothing said: where every Temporal program looks', async () => {
    expect(await resolveTemporal({ env: await emptyHome() })).toMatchObject({
      address: '127.0.0.1:7233',
      namespace: 'default',
      origin: 'default',
    });
  });

  test('an empty variable says nothing', async () => {
    const env = { ...(await emptyHome()), TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: '', TEMPORAL_API_KEY: '' };
    expect(await resolveTemporal({ env })).toMatchObject({
      ...{ address: '127.0.0.1:7233', namespace: 'default', origin: 'default' },
    });
  });

  test('a profile of temporal.toml, the environment over it, an option over both', async () => {
    const env = await emptyHome();
    await profiles(env, '[profile.default]\naddress = "a:1"\nnamespace = "n"\n[profile.prod]\naddress = "p:1"\n');
    const named = { namespace: 'n', origin: 'configured' };
    expect(await resolveTemporal({ env })).toMatchObject({ ...named, address: 'a:1' });
    expect(await resolveTemporal({ env, profile: 'prod' })).toMatchObject({ address: 'p:1', namespace: 'default' });
    env['TEMPORAL_ADDRESS'] = 'b:1';
    expect(await resolveTemporal({ env })).toMatchObject({ ...named, address: 'b:1' });
    expect(await resolveTemporal({ env, address: 'c:1' })).toMatchObject({ ...named, address: 'c:1' });
  });

  test('an API key turns TLS on', async () => {
    const env = { ...(await emptyHome()), TEMPORAL_ADDRESS: 'a:1', TEMPORAL_API_KEY: 'key' };
    expect((await resolveTemporal({ env })).options).toMatchObject({ tls: true, apiKey: 'key' });
  });

  test('a temporal.toml without any profile says nothing', async () => {
    const env = await emptyHome();
    await profiles(env, '# profiles come here\n');
    expect(await resolveTemporal({ env })).toMatchObject({ origin: 'default' });
  });

  test('a profile that can not be read is told as such', async () => {
    const env = await emptyHome();
    await profiles(env, '[profile.default\n');
    await expect(resolveTemporal({ env })).rejects.toMatchObject({
      type: 'ConfigInvalid',
      remedy: expect.stringContaining('temporal.toml'),
    });
  });
});

describe('connecting', () => {
  const temporal = useTemporal();

  test('gives a client of the namespace, and how long it keeps closed workflows', async () => {
    const connected = await connect({ env: { ...(await emptyHome()), ...temporal.env } });
    expect(connected.retentionDays).toBe(90);
    expect(connected.client.options.namespace).toBe(temporal.namespace);
    await connected.close();
  });

  test('nothing listens: told at once, in a sentence, with the remedy', async () => {
    const address = `127.0.0.1:${await freePort(0)}`;
    await expect(connect({ env: await emptyHome(), address })).rejects.toMatchObject({
      type: 'TemporalUnreachable',
      message: `Temporal at ${address} does not answer (connection refused: nothing listens there)`,
      remedy: expect.stringContaining('stackhand dev'),
    });
  });

  test('somebody listens who never answers: told when the time is up', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const since = Date.now();
    await expect(connect({ env: await emptyHome(), address, within: 500 })).rejects.toMatchObject({
      type: 'TemporalUnreachable',
      message: `Temporal at ${address} does not answer (no answer in time)`,
    });
    expect(Date.now() - since).toBeLessThan(3_000);
    sockets.forEach((socket) => socket.destroy());
    silent.close();
  });

  test('a namespace that is not there is not the same as no Temporal', async () => {
    const env = { ...(await emptyHome()), TEMPORAL_ADDRESS: temporal.address };
    await expect(connect({ env, namespace: 'nope' })).rejects.toMatchObject({
      type: 'TemporalRefused',
      message: `Temporal at ${temporal.address} has no namespace "nope"`,
    });
  });

  test('a proxy in the environment is not asked for an address of this machine', async () => {
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = `http://127.0.0.1:${await freePort(0)}`;
    try {
      const connected = await connect({ env: { ...(await emptyHome()), ...temporal.env } });
      await connected.close();
    } finally {
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
    }
  });
});
