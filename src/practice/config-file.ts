import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { stringify } from 'yaml';
import { exportPath, nasName, type Scratch } from './scratch.ts';

/** What to put behind `stackhand --config`; the same facts stand in the line the site prints when it is ready. */
export function siteConfig(scratch: Scratch, port: number, identityFile: string) {
  const host = {
    address: '127.0.0.1',
    port,
    user: userInfo().username,
    identityFile,
    knownHosts: scratch.knownHosts,
    sudo: false,
    runDirectory: scratch.run,
    stateDirectory: scratch.var,
  };
  const repository = {
    type: 'nfs',
    source: `${nasName}:${exportPath}`,
    options: 'soft,timeo=100',
    mountPoint: scratch.mountPoint,
  };
  return { host, repository };
}

export function writeConfig(scratch: Scratch, { host, repository }: ReturnType<typeof siteConfig>): void {
  const config = {
    hosts: { practice: host },
    repositories: { practice: { ...repository, keep: { last: 3 } } },
    defaults: { repository: 'practice' },
  };
  writeFileSync(
    scratch.config,
    `# PRACTICE: nothing that this file names is real. Written anew by each start of the practice site.\n${stringify(config)}`,
  );
}
