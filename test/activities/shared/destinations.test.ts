import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { checkDestinations, failing } from '../../../src/activities/shared/destinations.ts';
import { mountTmpfs } from '../../systems/jobs/support/archives.ts';
import { localHost, scratch } from '../../systems/jobs/support/local.ts';

const host = localHost();
const { directory, remove } = scratch();
afterAll(remove);

const at = (name: string): string => join(directory, name);

test('a directory that is there will do, a link to one too, whatever it is called', async () => {
  const odd = at(`it's "a" $(touch ${at('executed')}); b\nc`);
  mkdirSync(odd, { recursive: true });
  symlinkSync(odd, at('link'));
  for (const one of [odd, at('link')]) await checkDestinations(host, { directory: one });
  await checkDestinations(host, {});
  expect(existsSync(at('executed'))).toBe(false);
});

test('one that is missing is refused, with what to do; so is a file, and a link to nowhere', async () => {
  writeFileSync(at('file'), '');
  symlinkSync(at('nowhere'), at('dangling'));
  for (const name of ['missing', 'file', 'dangling']) {
    await expect(checkDestinations(host, { directory: at(name) })).rejects.toMatchObject({
      type: 'RestoreRefused',
      message: `the directory ${at(name)} is not there on here`,
      remedy: 'nothing was touched: make that directory on here, or name another --directory',
    });
  }
});

test('one that can’t be written to is refused (needs root: this is a real mount)', async () => {
  const { mountPoint, unmount } = mountTmpfs(directory, 'read-only', 'ro');
  try {
    await expect(checkDestinations(host, { directory: mountPoint })).rejects.toMatchObject({
      message: expect.stringContaining("can't be written to"),
    });
  } finally {
    unmount();
  }
});

test('a device has to be one, and every reason is said', async () => {
  await expect(
    checkDestinations(host, { directory: at('missing'), devices: { vdb: at('no-device'), vdc: '/dev/null' } }),
  ).rejects.toMatchObject({
    type: 'RestoreRefused',
    message: `the directory ${at('missing')} is not there; ${at('no-device')} is not a block device; /dev/null is not a block device on here`,
    remedy: expect.stringContaining('--device'),
  });
});

test('a look that fails is no answer', async () => {
  await expect(failing(localHost({ PATH: '/nowhere' }), '[ -d "$p" ]', ['/'])).rejects.toThrow();
  await expect(failing(host, 'exit 3', ['/'])).rejects.toMatchObject({ type: 'CommandFailed' });
});
