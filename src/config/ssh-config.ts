import { readFile, readdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import picomatch from 'picomatch';
import SSHConfig from 'ssh-config';
import { Fault } from '../contracts/faults.ts';

/** What ~/.ssh/config says of a host. Paths keep their leading `~/`. See ssh_config(5). */
export interface SshConfigEntry {
  readonly hostName?: string;
  readonly user?: string;
  readonly port?: number;
  readonly identityFile?: string;
  readonly proxyJump?: string;
  readonly userKnownHostsFile?: string;
}

/**
 * What the text of an ssh_config says of `alias`. `Match exec` and CanonicalizeHostname run programs, so both are
 * left out: such a section doesn't apply.
 */
export function sshConfigFor(alias: string, text: string): SshConfigEntry {
  const values = compute(alias, text);
  const first = (key: string): string | undefined => {
    const value = values[key];
    return Array.isArray(value) ? value[0] : value;
  };
  const hostName = first('hostname')?.replaceAll('%h', alias).replaceAll('%%', '%');
  const user = first('user');
  const port = Number(first('port') ?? Number.NaN);
  const path = (key: string): string | undefined => {
    const value = first(key);
    if (value === undefined || value.toLowerCase() === 'none') return undefined;
    const tokens: Record<string, string> = { '%': '%', d: '~', h: hostName ?? alias, n: alias };
    if (user !== undefined) tokens['r'] = user;
    tokens['p'] = Number.isInteger(port) ? String(port) : '22';
    return value.replace(/%(.)/g, (whole, token: string) => tokens[token] ?? whole);
  };
  const proxyJump = first('proxyjump');
  const identityFile = path('identityfile');
  const userKnownHostsFile = path('userknownhostsfile');
  return {
    ...(hostName !== undefined && { hostName }),
    ...(user !== undefined && { user }),
    ...(Number.isInteger(port) && { port }),
    ...(identityFile !== undefined && { identityFile }),
    ...(proxyJump !== undefined && proxyJump.toLowerCase() !== 'none' && { proxyJump }),
    ...(userKnownHostsFile !== undefined && { userKnownHostsFile }),
  };
}

function compute(alias: string, text: string): Record<string, string | string[]> {
  try {
    const config = SSHConfig.parse(text);
    for (const line of config) {
      if (!('config' in line)) continue;
      const kept = line.config.filter((inner) => !('param' in inner && /^canonicalizehostname$/i.test(inner.param)));
      line.config.splice(0, line.config.length, ...kept);
    }
    return config.compute(alias, { ignoreCase: true, matchExec: false });
  } catch (cause) {
    throw new Fault('ConfigInvalid', `the SSH config can't be read: ${(cause as Error).message}`, {}, { cause });
  }
}

/**
 * The user's SSH config and then the system's, as one text: the first value found for a key wins, as with ssh.
 * `Include` lines are replaced by what they name. A missing file is empty.
 */
export async function readSshConfig(homeDirectory: string): Promise<string> {
  const user = await readWithIncludes(join(homeDirectory, '.ssh/config'), join(homeDirectory, '.ssh'), homeDirectory);
  const system = await readWithIncludes('/etc/ssh/ssh_config', '/etc/ssh', homeDirectory);
  return `${user}\nHost *\n${system}`;
}

/** ssh_config(5) allows 16 levels of Include. */
const deepest = 16;

async function readWithIncludes(file: string, base: string, home: string, depth = 0): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines: string[] = [];
  let section = 'Host *';
  for (const line of text.split('\n')) {
    const include = /^\s*include[\s=]+(.*)$/i.exec(line)?.[1];
    if (include === undefined) {
      if (/^\s*(host|match)[\s=]/i.test(line)) section = line;
      lines.push(line);
    } else if (depth < deepest) {
      for (const pattern of include.match(/"[^"]*"|\S+/g) ?? []) {
        for (const name of await expand(pattern.replaceAll('"', ''), base, home)) {
          lines.push(await readWithIncludes(name, base, home, depth + 1));
        }
      }
      // the included file may have ended in a section of its own
      lines.push(section);
    }
  }
  return lines.join('\n');
}

async function expand(pattern: string, base: string, home: string): Promise<string[]> {
  const path = pattern.startsWith('~/') ? join(home, pattern.slice(2)) : pattern;
  const absolute = isAbsolute(path) ? path : join(base, path);
  const matches = picomatch(basename(absolute));
  const names = await readdir(dirname(absolute)).catch((): string[] => []);
  return names
    .filter((name) => matches(name))
    .sort()
    .map((name) => join(dirname(absolute), name));
}
