import { afterAll, beforeAll } from '@jest/globals';
import { stringify } from 'yaml';
import { PracticeSite } from '../practice/support/site.ts';
import { useCloudProgram } from './cloud-program.ts';
import type { CloudProgram } from './cloud-program.ts';
import type { TemporalOptions } from './temporal.ts';

/** A practice site with its VMs, and the program that backs them up. Call it at the top of a file. */
export function usePracticeVms(temporal: Pick<TemporalOptions, 'at'> = {}): {
  readonly program: CloudProgram;
  site(): PracticeSite;
} {
  let site: PracticeSite | undefined;
  const opened = (): PracticeSite => {
    if (site === undefined) throw new Error('the site is there in tests and hooks, not while the file loads');
    return site;
  };
  const program = useCloudProgram(async () => {
    site = await PracticeSite.start();
    const { ssh, repository, runDirectory, stateDirectory } = site.ready;
    const { host: address, ...login } = ssh;
    const config = {
      hosts: { kvm1: { address, ...login, sudo: false, runDirectory, stateDirectory } },
      repositories: { nas: repository },
      defaults: { repository: 'nas' },
    };
    return { clouds: '', cloud: '', config: stringify(config) };
  }, temporal);
  beforeAll(async () => {
    for (const vm of ['web01', 'db01'])
      await opened().ask(`POST /domains/${vm}`, { deaf: false, shutdownSeconds: 0.2, startSeconds: 0.1 });
  });
  afterAll(async () => {
    await site?.end('SIGTERM');
    await site?.clean();
  }, 60_000);
  return { program, site: opened };
}
