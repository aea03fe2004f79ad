import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { emptyConfig, resolveCloud } from '../../../src/config/index.ts';
import { Session, findServer, listServers, startServer, stopServer } from '../../../src/systems/openstack/index.ts';
import { PracticeCloud } from '../../support/practice-cloud.ts';
import { failure } from './client-suite.ts';

/** What a cloud does on a bad night, and what the client makes of it. */
describe('a session with a cloud that fails', () => {
  let cloud: PracticeCloud;
  let session: Session;
  let id: string;
  const open = (): Session =>
    new Session(
      resolveCloud(emptyConfig(), 'practice', {
        env: { OS_CLIENT_CONFIG_FILE: cloud.ready.clouds },
        home: '/nowhere',
        cwd: '/',
      }),
    );
  const stops = async (): Promise<number> =>
    (await cloud.effects()).filter(({ server, action }) => server === id && action === 'stop').length;

  beforeAll(async () => {
    cloud = await PracticeCloud.start({ servers: 0, transition: 0 });
    session = open();
  });
  beforeEach(async () => {
    await cloud.faults();
    [id = ''] = await cloud.addServers();
  });
  afterAll(async () => {
    await session.close();
    await cloud.stop();
  });

  test('renews its token when all have ended, with one login for many calls', async () => {
    await listServers(session, { allProjects: true });
    const logins = async (): Promise<number> => (await cloud.calls())['POST /identity/v3/auth/tokens'] ?? 0;
    const before = await logins();
    await cloud.control('POST', '/expire-tokens');
    await Promise.all(Array.from({ length: 8 }, () => findServer(session, id)));
    expect((await logins()) - before).toBe(1);
    await cloud.control('POST', '/expire-tokens');
    await stopServer(session, id);
    expect(await stops()).toBe(1);
  });

  test('asks again after 429, as late as it is told, for what changes something too: nothing had happened', async () => {
    await cloud.faults({ match: '/action', status: 429, retryAfter: 1, times: 1 });
    const since = performance.now();
    await stopServer(session, id);
    expect(performance.now() - since).toBeGreaterThan(950);
    expect(await stops()).toBe(1);
  });

  test('reads again after 5xx, a broken connection, half an answer and a proxy that answers itself', async () => {
    for (const fault of [
      { status: 503 },
      { status: 500 },
      { drop: 'before' },
      { drop: 'after' },
      { truncate: true },
      { garbage: true },
    ]) {
      await cloud.faults({ match: '/servers/detail', times: 1, ...fault });
      expect((await listServers(session, { allProjects: true })).length).toBeGreaterThan(0);
      expect(await cloud.control('GET', '/faults')).toEqual([1]);
    }
  });

  test('what changes something is asked once; the fault says whether it can have arrived', async () => {
    await cloud.faults({ match: '/action', drop: 'after', times: 1 });
    expect(await failure(stopServer(session, id))).toMatchObject({
      type: 'CloudUnreachable',
      permanent: false,
      details: { arrived: 'maybe' },
    });
    expect(await stops()).toBe(1);
    await cloud.faults({ match: '/action', status: 500, times: 1 });
    const fault = await failure(startServer(session, id));
    expect(fault).toMatchObject({ type: 'CloudFailed', details: { status: 500, arrived: 'maybe' } });
    expect(fault.details.requestId).toMatch(/^req-/);
    await cloud.faults({ match: '/action', drop: 'before', times: 1 });
    expect(await failure(startServer(session, id))).toMatchObject({ details: { arrived: 'maybe' } });
  });

  test('a cloud that is not there: nothing arrived', async () => {
    const gone = new Session({ ...session.access, authUrl: 'http://127.0.0.1:1' });
    expect(await failure(gone.token())).toMatchObject({
      type: 'CloudUnreachable',
      details: { arrived: 'no' },
      message: "the cloud can't be reached: nothing listens there",
    });
    await gone.close();
  });

  test('every page of a long list, each server once', async () => {
    await cloud.addServers({ count: 2100 });
    const all = await listServers(session, { allProjects: true });
    expect(new Set(all.map((server) => server.id)).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(2100);
    const pages = (await cloud.calls())['GET /compute/v2.1/servers/detail'] ?? 0;
    expect(pages).toBeGreaterThanOrEqual(3);
  });

  test('an answer in which another host appears is refused, whoever asks', async () => {
    await cloud.control('PATCH', '/settings', { ignoreHostFilter: true });
    expect(await failure(listServers(session, { allProjects: true, host: 'compute1' }))).toMatchObject({
      type: 'HostFilterIgnored',
    });
    await cloud.control('PATCH', '/settings', { ignoreHostFilter: false });
  });
});
