import { homedir } from 'node:os';

/** What hosts take from the process they run in. */
export interface HostOptions {
  /** The worker's environment: PATH, SSH_AUTH_SOCK. Default process.env. */
  readonly env?: NodeJS.ProcessEnv;
  /** Where `.ssh` is. Default: the user's own. */
  readonly homeDirectory?: string;
  /** Until a connection is authenticated. Default 60,000: a busy emulated host takes 8 s for a login. */
  readonly connectTimeoutMs?: number;
  /** How long after a command's deadline its host may stay silent before it counts as unreachable. Default 20,000. */
  readonly graceMs?: number;
}

export interface Settings {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  /** The home directory is not the user's, so the system's ssh has to be told of it: it doesn't go by $HOME. */
  readonly ownHome: boolean;
  readonly connectTimeoutMs: number;
  readonly graceMs: number;
}

export function settingsOf(options: HostOptions = {}): Settings {
  return {
    env: options.env ?? process.env,
    home: options.homeDirectory ?? homedir(),
    ownHome: options.homeDirectory !== undefined && options.homeDirectory !== homedir(),
    connectTimeoutMs: options.connectTimeoutMs ?? 60_000,
    graceMs: options.graceMs ?? 20_000,
  };
}

/** `~/` as a shell has it. */
export function expandHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? home + path.slice(1) : path;
}
