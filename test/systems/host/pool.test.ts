import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HostPool } from '../../../src/systems/host/index.ts';
import { until } from '../../support/poll.ts';
import { Sshd } from '../../support/sshd.ts';

describe('a pool of hosts', () => {
  let sshd: Sshd;
  let pool: HostPool;

  beforeAll(async () => {
    sshd = await Sshd.start();
    pool = new HostPool();
  }, 60_000);

  afterAll(async () => {
    await pool.close();
    await sshd.stop();
  });

  test('has one host for one target, in whatever order its values come', () => {
    const target = sshd.target('ssh2');
    const shuffled = Object.fromEntries(Object.entries(target).reverse()) as unknown as typeof target;
    expect(pool.get(shuffled)).toBe(pool.get(target));
  });

  test('has another for another user, or with sudo', () => {
    const target = sshd.target('ssh2');
    expect(pool.get({ ...target, user: 'somebody' })).not.toBe(pool.get(target));
    expect(pool.get({ ...target, sudo: true })).not.toBe(pool.get(target));
  });

  test('keeps the connection open between commands, and ends it when it is closed', async () => {
    const host = pool.get(sshd.target('ssh2'));
    const port = async (): Promise<string> => (await host.run(['sh', '-c', 'echo $SSH_CONNECTION'])).stdout;
    expect(await port()).toBe(await port());
    expect(await sshd.sessions()).not.toEqual([]);
    await pool.close();
    await until('no session is left', async () => (await sshd.sessions()).length === 0);
  });
});
