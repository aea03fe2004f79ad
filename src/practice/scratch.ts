import { join } from 'node:path';

/** Where everything of a practice site lies: one directory, so that removing it removes the site. */
export interface Scratch {
  readonly directory: string;
  /** Stand-ins, first in PATH of every command. */
  readonly bin: string;
  /** Versions of the state document. */
  readonly state: string;
  /** Disk images of the domains. */
  readonly images: string;
  /** Managed-save images. */
  readonly saves: string;
  /** One log per domain, as qemu's below /var/log/libvirt/qemu: "starting up", "shutting down, reason=…". */
  readonly logs: string;
  /** What the file server of practice exports: practice-nas:/export/backup is export/backup below it. */
  readonly nas: string;
  readonly mountPoint: string;
  /** The host's /run/stackhand and /var/lib/stackhand. */
  readonly run: string;
  readonly var: string;
  readonly home: string;
  readonly keys: string;
  readonly knownHosts: string;
  readonly config: string;
  /** Ports and process id of the site. */
  readonly site: string;
}

export function scratchIn(directory: string): Scratch {
  const at = (...parts: string[]): string => join(directory, ...parts);
  return {
    directory,
    bin: at('bin'),
    state: at('state'),
    images: at('images'),
    saves: at('saves'),
    logs: at('log', 'qemu'),
    nas: at('nas'),
    mountPoint: at('mnt', 'backup'),
    run: at('run', 'stackhand'),
    var: at('var', 'lib', 'stackhand'),
    home: at('home'),
    keys: at('keys'),
    knownHosts: at('keys', 'known_hosts'),
    config: at('stackhand.yaml'),
    site: at('site.json'),
  };
}

/** The name of the file server in mount sources, and the one share it exports. */
export const nasName = 'practice-nas';
export const exportPath = '/export/backup';

/** In the environment of everything that runs on the site: whose it is, as processes.ts finds it again. */
export const marker = 'STACKHAND_PRACTICE';
