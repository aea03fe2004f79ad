import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

export const host = 'hypervisor';
export const repository = 'share';
/** A directory of the hypervisor, served to it over its own SSH: a network file system without a second machine. */
export const source = 'root@127.0.0.1:/srv/nfs/backup';

export interface Access {
  readonly port: number;
  readonly identityFile: string;
  /** The public half of its host key, a file as sshd has it. */
  readonly hostKey: string;
}

/** Writes the program's config file, and the known_hosts that it and the share's mount hold host keys against. */
export function writeConfig(directory: string, { port, identityFile, hostKey }: Access) {
  const knownHosts = join(directory, 'known_hosts');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${readFileSync(hostKey, 'utf8').trim()}\n`);
  const config = join(directory, 'stackhand.yaml');
  const content = {
    hosts: { [host]: { address: '127.0.0.1', port, user: 'root', identityFile, knownHosts } },
    repositories: {
      [repository]: {
        type: 'fuse.sshfs',
        source,
        options: `port=${port},IdentityFile=${identityFile},UserKnownHostsFile=${knownHosts}`,
        mountPoint: '/mnt/backup',
        keep: { last: 3 },
      },
    },
    defaults: { repository },
  };
  writeFileSync(config, `# The demo's own hypervisor. It goes when the demo ends.\n${stringify(content)}`);
  return { config, knownHosts };
}
