import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this program keeps its own things for one user, by the XDG base directory specification. */
export interface Directories {
  /** What can be made again: ~/.cache/stackhand */
  readonly cache: string;
  /** What a dev server must not forget: ~/.local/state/stackhand */
  readonly state: string;
}

export function directories(env: NodeJS.ProcessEnv = process.env): Directories {
  // An empty variable counts as unset; so the specification has it.
  const home = env['HOME'] || homedir();
  return {
    cache: join(env['XDG_CACHE_HOME'] || join(home, '.cache'), 'stackhand'),
    state: join(env['XDG_STATE_HOME'] || join(home, '.local/state'), 'stackhand'),
  };
}
