import { Fault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { hopsTo } from './hops.ts';
import { type PresentedKey, readKnownHosts } from './known-hosts.ts';
import type { Settings } from './settings.ts';
import { handshake, loginThrough } from './ssh2-login.ts';

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
    await handshake(last, settings, known, check, jumps.at(-1)).catch((error: unknown) => {
      if (error !== stop) throw error;
    });
  } finally {
    for (const jump of jumps.reverse()) jump.end();
  }
  if (!seen) throw new Error('a handshake that ends so has shown its key');
  return { key: Buffer.from(seen), address: last.address, port: last.port };
}
