import { beforeEach, describe, expect, test } from '@jest/globals';
import { useTemporal } from '../support/temporal.ts';
import { FakeHost } from './fake-host.ts';
import { begin, failure, reaches } from './runbook.ts';

const temporal = useTemporal();
let host: FakeHost;

beforeEach(() => {
  host = new FakeHost();
});

describe('a look at a repository', () => {
  test('is on record while it holds the mount, for a repair after a terminate', async () => {
    await (await begin(temporal, host, 'inspect', { what: 'backups' })).result();
    const story = ['leaveRecord', 'mount', 'listBackups', 'unmount', 'letGo'];
    expect(host.calls.filter((name) => story.includes(name))).toEqual(story);
    expect(host).toMatchObject({ mounted: false, record: false });
  });
});

describe('checks', () => {
  test('that are cancelled while they wait for their retry give the mount back', async () => {
    host.when('checkHost', () => {
      host.mounted = true;
    });
    host.fail('checkHost', 'HostUnreachable', 1000);
    const handle = await begin(temporal, host, 'inspect', { what: 'checks' });
    await reaches(host, 'checkHost');
    await handle.cancel();
    expect(await failure(handle)).toBe('CancelledFailure');
    expect(host.mounted).toBe(false);
  });

  test('that came to their end have given it back themselves', async () => {
    await (await begin(temporal, host, 'inspect', { what: 'checks' })).result();
    expect(host.calls).not.toContain('releaseChecked');
  });
});
