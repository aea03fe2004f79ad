import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { keysOf, writeKnownHosts } from '../../src/practice/keys.ts';
import { scratchIn } from '../../src/practice/scratch.ts';
import { scratchDirectory } from '../support/scratch.ts';

test('every key of the practice site can be read, also one that begins with a zero byte', async () => {
  const directory = await scratchDirectory('keys');
  // One key in 256 begins so: of 1200 it is certain that some do.
  for (let site = 0; site < 400; site += 1) {
    const scratch = scratchIn(`${directory}/${site}`);
    const keys = keysOf(scratch);
    for (const key of [keys.hostKey, keys.otherHostKey, await readFile(keys.identityFile)]) {
      expect(ssh2.utils.parseKey(key)).not.toBeInstanceOf(Error);
    }
  }
});

test('the keys stay over a restart, and known_hosts names the host key', async () => {
  const scratch = scratchIn(await scratchDirectory('keys'));
  const keys = keysOf(scratch);
  expect(keysOf(scratch)).toEqual(keys);
  writeKnownHosts(scratch, 2222);
  const parsed = ssh2.utils.parseKey(keys.hostKey);
  if (parsed instanceof Error) throw parsed;
  const key = parsed.getPublicSSH().toString('base64');
  expect(await readFile(scratch.knownHosts, 'utf8')).toBe(`[127.0.0.1]:2222 ssh-ed25519 ${key}\n`);
});
