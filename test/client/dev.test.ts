import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { janitorEnds } from '../support/server.ts';
import { useTemporal } from '../support/temporal.ts';
import { json, said, useCli } from './support/cli.ts';
import { eventually } from './support/eventually.ts';

// Each line is a process or a few round trips, and the machine may be busy.
jest.setTimeout(60_000);

interface Status {
  readonly running: boolean;
  readonly pid?: number;
  readonly address?: string;
  readonly webUi?: string;
  readonly workers: readonly string[];
}

describe('stackhand dev', () => {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const cli = useCli(() => ({ XDG_CACHE_HOME: cache }));
  const status = async (): Promise<Status> => json<Status>(await cli(['dev', '--status', '--json']));
  afterAll(async () => void (await cli(['dev', '--stop'])), 60_000);

  test('does not run at first: exit code 1', async () => {
    const ran = await cli(['dev', '--status']);
    expect(ran.stdout).toBe('stackhand dev does not run');
    expect(ran.exitCode).toBe(1);
  });

  test('--detach returns when server and worker are there, and commands find them by themselves', async () => {
    const ran = await cli(['dev', '--detach']);
    expect(ran.stdout).toMatch(/^Web UI +http:\/\/127\.0\.0\.1:\d+$/m);
    expect(ran.exitCode).toBe(0);
    const { pid = 0, workers } = await status();
    await janitorEnds({ pid });
    expect(workers).toHaveLength(1);
    const doctor = await cli(['doctor']);
    expect(doctor.stdout).toMatch(/^ok +worker: /m);
    expect(doctor.exitCode).toBe(0);
    expect((await cli(['operation', 'list'])).stdout).toBe('no operations');
  }, 60_000);

  test('a second one says that it runs already', async () => {
    expect((await cli(['dev', '--detach'])).stderr).toContain('it runs already');
    const ran = await cli(['dev']);
    expect(ran.stderr).toContain('stackhand dev runs already');
    expect(ran.exitCode).toBe(2);
  });

  test('starts its worker again when that dies', async () => {
    const [old = ''] = (await status()).workers;
    process.kill(Number.parseInt(old, 10), 'SIGKILL');
    await eventually(status, ({ workers }) => workers.some((worker) => worker !== old), 45_000);
  }, 60_000);

  test('--stop ends server and worker, and keeps what the server knew', async () => {
    const { webUi } = await status();
    const ran = await cli(['dev', '--stop']);
    expect(ran.stdout).toBe('stopped');
    expect(await status()).toMatchObject({ running: false, workers: [] });
    await expect(fetch(webUi ?? '')).rejects.toThrow();
    expect((await cli(['dev', '--stop'])).stdout).toBe('it did not run');
  }, 60_000);
});

describe('stackhand worker', () => {
  const temporal = useTemporal();
  const cli = useCli(() => temporal.env);

  test('serves until SIGTERM', async () => {
    const running = cli.start(['worker', '--site', 'rack2']);
    expect(await said(running, 'ready')).toContain('serving stackhand, stackhand-rack2');
    running.kill('SIGTERM');
    expect((await running).exitCode).toBe(0);
  }, 60_000);
});
