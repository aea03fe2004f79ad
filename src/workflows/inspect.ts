import type { Inspect, InspectResults } from '../contracts/inspect.ts';
import type { Op } from './shared/operate.ts';
import { operate } from './shared/operate.ts';
import { useRepository } from './vm/repository.ts';

type Result = InspectResults[Inspect['what']];

/** Reads for the CLI, on a worker, since the worker may be the only one that reaches a host. */
export const inspect = operate<Inspect, Result>(
  (input) => `Look at ${input.what}${input.what === 'hosts' ? '' : ` of ${input.host}`}`,
  async (input, op) => ({ summary: 'looked', result: await look(input, op) }),
  { silent: true },
);

async function look(input: Inspect, op: Op): Promise<Result> {
  if (input.what === 'hosts') return op.step('Read the config', (at) => at.listTargets());
  const host = await op.step('Find the host', async (at) => {
    const target = await at.resolveHost(input.host);
    op.useSite(target.site);
    return target;
  });
  switch (input.what) {
    case 'vms':
      return op.step('List the VMs', (at) => at.listVms(host));
    case 'checks':
      return op.step('Check', (at) => at.checkHost(host, input.repository));
    case 'host key':
      return op.step('Ask for the host key', (at) => at.hostKey(host));
    case 'trust':
      return op.step('Store the host key', (at) => at.trustHostKey(host, input.line));
    case 'backups': {
      const { repository } = await op.step('Find the repository', (at) => at.resolveTargets(input));
      const share = await useRepository({ host, repository }, op, false);
      const backups = await op.step('List the backups', (at) => at.listBackups(host, share));
      await share.leave();
      return { repository, backups };
    }
  }
}
