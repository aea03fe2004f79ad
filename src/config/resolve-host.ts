import { isIP } from 'node:net';
import { homedir, userInfo } from 'node:os';
import { Fault } from '../contracts/faults.ts';
import type { HostTarget } from '../contracts/targets.ts';
import { meantOr, nearest } from '../domain/nearest.ts';
import type { HostEntry } from './host-schema.ts';
import { formatHostSpec, parseHostSpec } from './host-spec.ts';
import { expandHome } from './parse.ts';
import type { Config } from './schema.ts';
import { isSshAlias, sshAliases } from './ssh-aliases.ts';
import { readSshConfig, sshConfigFor } from './ssh-config.ts';

/** What a worker's own machine contributes to the meaning of a host's name. */
export interface HostContext {
  readonly home: string;
  /** The user that the worker runs as. */
  readonly user: string;
  /** As readSshConfig gives it. */
  readonly sshConfigText: string;
}

export async function readHostContext(home = homedir()): Promise<HostContext> {
  return { home, user: currentUser(), sshConfigText: await readSshConfig(home) };
}

/** In a container the process's uid may have no name; then nothing but the environment can tell. */
function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['LOGNAME'] ?? process.env['USER'] ?? 'root';
  }
}

/**
 * What `--host` means on this worker: a name of the config; `local`; a Host alias of ~/.ssh/config; or
 * [ssh://]USER@ADDRESS[:PORT], an IP address, an ssh:// address. USER@NAME of the config is that host with another
 * user. A bare name that is known to nobody is more likely misspelt than meant: UnknownHost, with the nearest names.
 */
export function resolveHost(config: Config, spec: string, context: HostContext): HostTarget {
  const entry = entryOf(config, spec);
  if (entry !== undefined) return target(config, spec, spec, entry, context);
  if (spec === 'local') return target(config, spec, spec, { transport: 'local' }, context);
  const said = parseHostSpec(spec);
  if (said === undefined) throw unknown(config, spec, context);
  const { address, ...more } = said;
  const named = entryOf(config, address);
  if (named !== undefined && named.transport !== 'local')
    return target(config, spec, address, { ...named, ...more }, context);
  const deliberate = said.user !== undefined || spec.startsWith('ssh://') || isIP(address) !== 0;
  if (!deliberate && !isSshAlias(address, context.sshConfigText)) throw unknown(config, spec, context);
  return target(config, spec, address, said, context);
}

/** Every host of the config, in its order. */
export function resolveHosts(config: Config, context: HostContext): HostTarget[] {
  return Object.keys(config.hosts).map((name) => resolveHost(config, name, context));
}

/** `name` is what the target is called, `alias` what stands for the address where the entry has none. */
function target(config: Config, name: string, alias: string, entry: HostEntry, context: HostContext): HostTarget {
  const transport = entry.transport ?? 'ssh2';
  const asked = transport === 'local' ? 'localhost' : (entry.address ?? alias);
  const ssh = transport === 'local' ? {} : sshConfigFor(asked, context.sshConfigText);
  const user = entry.user ?? ssh.user ?? context.user;
  // The system's ssh reads its config itself, by the alias: resolving that would hide ProxyCommand and the like.
  const own = transport === 'ssh2' ? ssh : {};
  const identityFile = entry.identityFile ?? own.identityFile;
  const knownHosts = entry.knownHosts ?? own.userKnownHostsFile;
  const proxyJump = entry.proxyJump === undefined ? own.proxyJump : jumpOf(config, entry.proxyJump);
  return {
    name,
    transport,
    address: own.hostName ?? asked,
    port: entry.port ?? ssh.port ?? 22,
    user,
    ...(identityFile !== undefined && { identityFile: expandHome(identityFile, context.home) }),
    ...(knownHosts !== undefined && { knownHosts: expandHome(knownHosts, context.home) }),
    ...(proxyJump !== undefined && { proxyJump }),
    sudo: entry.sudo ?? user !== 'root',
    ...(entry.site !== undefined && { site: entry.site }),
    runDirectory: entry.runDirectory ?? '/run/stackhand',
    stateDirectory: entry.stateDirectory ?? '/var/lib/stackhand',
  };
}

/** A jump host may be named as in the config; the target carries what it stands for. */
function jumpOf(config: Config, spec: string): string {
  const said = parseHostSpec(spec);
  const entry = said && entryOf(config, said.address);
  if (said === undefined || entry === undefined || entry.transport === 'local') return spec;
  const user = said.user ?? entry.user;
  const port = said.port ?? entry.port;
  return formatHostSpec({
    address: entry.address ?? said.address,
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port }),
  });
}

const entryOf = (config: Config, name: string): HostEntry | undefined =>
  Object.hasOwn(config.hosts, name) ? config.hosts[name] : undefined;

function unknown(config: Config, spec: string, context: HostContext): Fault {
  const known = [...Object.keys(config.hosts), ...sshAliases(context.sshConfigText)];
  const address = parseHostSpec(spec)?.address ?? spec;
  const candidates = nearest(address, known);
  const meant = meantOr(candidates, known);
  const local = spec === 'localhost' ? ' (the machine of the worker is called local)' : '';
  return new Fault('UnknownHost', `there is no host ${JSON.stringify(spec)} in the config${local}${meant}`, {
    candidates,
    remedy:
      parseHostSpec(spec) === undefined
        ? 'name a host of the config, or USER@ADDRESS[:PORT]'
        : `name a host of the config, or say who logs in: USER@${spec}`,
  });
}
