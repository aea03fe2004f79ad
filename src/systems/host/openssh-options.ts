import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTarget } from '../../contracts/targets.ts';
import { expandHome, type Settings } from './settings.ts';

/**
 * The options every call of ssh for this target gets. What the command line says wins over ~/.ssh/config, which ssh
 * itself reads for the rest: certificates, ProxyCommand, HostKeyAlias. That goes by the address as it is given here.
 */
export function opensshOptions(target: HostTarget, settings: Settings): string[] {
  const { home, ownHome, connectTimeoutMs } = settings;
  const options = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    UpdateHostKeys: 'no',
    ConnectTimeout: String(Math.ceil(connectTimeoutMs / 1000)),
    ServerAliveInterval: '15',
    ServerAliveCountMax: '4',
    LogLevel: 'ERROR',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    ClearAllForwardings: 'yes',
    PermitLocalCommand: 'no',
    RemoteCommand: 'none',
    RequestTTY: 'no',
    ...(target.knownHosts !== undefined && { UserKnownHostsFile: quotePath(expandHome(target.knownHosts, home)) }),
    ...(target.knownHosts === undefined &&
      ownHome && { UserKnownHostsFile: quotePath(join(home, '.ssh/known_hosts')) }),
    ...(target.identityFile !== undefined && { IdentityFile: quotePath(expandHome(target.identityFile, home)) }),
    ...(target.proxyJump !== undefined && { ProxyJump: target.proxyJump }),
  };
  return [
    ...(ownHome ? ['-F', configFile(home)] : []),
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    '-p',
    String(target.port),
    '-l',
    target.user,
  ];
}

/** In English, and never with a window that asks for a passphrase: BatchMode doesn't reach the ssh of a jump host. */
export function opensshEnv(settings: Settings): NodeJS.ProcessEnv {
  return { ...settings.env, LC_ALL: 'C', SSH_ASKPASS_REQUIRE: 'never' };
}

/** ssh finds its config by the password database, not by $HOME. */
function configFile(home: string): string {
  const file = join(home, '.ssh/config');
  return existsSync(file) ? file : '/dev/null';
}

/** ssh splits such a value at spaces and expands %-tokens in it. */
export function quotePath(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll(/["\\]/g, '\\$&')}"`;
}
