import { userInfo } from 'node:os';
import { formatHostSpec, parseHostSpec } from '../../config/host-spec.ts';
import { readSshConfig, sshConfigFor } from '../../config/ssh-config.ts';
import { Fault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import { describe } from './conclude.ts';
import { userKnownHosts } from './known-hosts.ts';
import type { Settings } from './settings.ts';

/** One login on the way to a host; the last is the host itself. */
export interface Hop {
  /** How messages name it. */
  readonly label: string;
  /** The host that all this is for. */
  readonly where: string;
  /** What `stackhand host trust` calls it. */
  readonly spec: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  readonly knownHosts: readonly string[];
}

/** A loop of jump hosts in ~/.ssh/config must end somewhere. */
const mostHops = 8;

/**
 * The logins that lead to a target, in their order. A jump host may be an alias of ~/.ssh/config, which then says how
 * to reach it; beside that it is tried with the target's own key and known_hosts.
 */
export async function hopsTo(target: HostTarget, settings: Settings): Promise<Hop[]> {
  const { home } = settings;
  const identityFiles = target.identityFile === undefined ? [] : [target.identityFile];
  const last: Hop = {
    label: describe(target),
    where: target.name,
    spec: target.name,
    address: target.address,
    port: target.port,
    user: target.user,
    identityFiles,
    knownHosts: [target.knownHosts ?? userKnownHosts(home)],
  };
  if (target.proxyJump === undefined) return [last];
  const config = await readSshConfig(home);
  const hops: Hop[] = [last];
  let pending = target.proxyJump.split(',');
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (hops.length > mostHops) throw badJump(target, `more than ${mostHops} jump hosts`);
    const spec = parseHostSpec(name.trim());
    if (!spec) throw badJump(target, `"${name}" is not [user@]address[:port]`);
    const entry = sshConfigFor(spec.address, config);
    const address = entry.hostName ?? spec.address;
    const port = spec.port ?? entry.port ?? 22;
    const user = spec.user ?? entry.user ?? userInfo().username;
    hops.unshift({
      label: `the jump host ${user}@${address}:${port} of ${target.name}`,
      where: target.name,
      spec: formatHostSpec({ user, address, port }),
      address,
      port,
      user,
      identityFiles: entry.identityFile === undefined ? identityFiles : [entry.identityFile],
      knownHosts: [
        entry.userKnownHostsFile ?? userKnownHosts(home),
        ...(target.knownHosts === undefined ? [] : [target.knownHosts]),
      ],
    });
    if (pending.length === 0 && entry.proxyJump !== undefined) pending = entry.proxyJump.split(',');
  }
  return hops;
}

function badJump(target: HostTarget, why: string): Fault {
  return new Fault('ConfigInvalid', `the proxyJump of ${target.name} can't be used: ${why}`, { where: target.name });
}
