import { Fault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { hopsTo } from './hops.ts';
import { type PresentedKey, readKnownHosts } from './known-hosts.ts';
import type { Settings } from './settings.ts';
import { loginThrough, streamThrough } from './ssh2-connection.ts';
import { handshake } from './ssh2-login.ts';

/** Goes as far as the host key of the last hop, of the type a login would ask for. */
export async function scanWithSsh2(target: HostTarget, settings: Settings): Promise<PresentedKey> {
  const hops = await hopsTo(target, settings);
  const last = hops.pop();
  if (!last) throw new Error('a target has at least one hop');
  const jumps = await loginThrough(hops, settings);
  let seen: Buffer | undefined;
  try {
    const known = await readKnownHosts(last.knownHosts, settings.home);
    const stop = new Fault('HostKeyUnknown', 'only the key was wanted', { where: target.name });
    const check = (key: Buffer): Fault => {
      seen = key;
      return stop;
    };
    const stream = await streamThrough(jumps.at(-1), last, settings);
    await handshake(last, settings, known, check, stream).catch((error: unknown) => {
      if (error !== stop) throw error;
    });
  } finally {
    for (const client of jumps.reverse()) client.end();
  }
  if (!seen) throw new Error('a handshake that ends so has shown its key');
  return { key: Buffer.from(seen), address: last.address, port: last.port };
}
