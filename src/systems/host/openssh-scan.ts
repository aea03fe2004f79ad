import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { HostTarget } from '../../contracts/targets.ts';
import { parseKnownHosts, type PresentedKey } from './known-hosts.ts';
import { opensshFault } from './openssh-errors.ts';
import { opensshEnv, opensshOptions, quotePath } from './openssh-options.ts';
import type { Settings } from './settings.ts';

/**
 * Lets ssh write the key into a known_hosts of its own, before it fails to log in: that way it works through whatever
 * its config says (ProxyCommand, ProxyJump, HostName).
 */
export async function scanWithOpenssh(target: HostTarget, settings: Settings): Promise<PresentedKey> {
  const directory = await mkdtemp(join(tmpdir(), 'stackhand-scan-'));
  try {
    const file = join(directory, 'known_hosts');
    const options = {
      UserKnownHostsFile: quotePath(file),
      GlobalKnownHostsFile: '/dev/null',
      StrictHostKeyChecking: 'accept-new',
      HashKnownHosts: 'no',
      PreferredAuthentications: 'none',
      ControlPath: 'none',
    };
    // the first value of an option wins
    const own = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const { stderr } = await execa('ssh', [...own, ...opensshOptions(target, settings), '--', target.address, 'true'], {
      env: opensshEnv(settings),
      extendEnv: false,
      stdin: 'ignore',
      detached: true,
      reject: false,
      timeout: settings.connectTimeoutMs,
      forceKillAfterDelay: 1000,
    });
    const [entry] = parseKnownHosts(await readFile(file, 'utf8').catch(() => ''));
    if (!entry) throw opensshFault(target, stderr);
    const name = /^\[(.+)\]:(\d+)$/.exec(entry.names);
    return { key: entry.key, address: name?.[1] ?? entry.names, port: Number(name?.[2] ?? 22) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
