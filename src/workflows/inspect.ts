import { inspectTitle } from '../contracts/inspect.ts';
import type { CloudInspect, Inspect, InspectResults } from '../contracts/inspect.ts';
import type { HostTarget } from '../contracts/targets.ts';
import { checkPlaces } from './health/check-places.ts';
import type { Op } from './shared/op.ts';
import { movesOn } from './shared/moves-on.ts';
import { operate } from './shared/operate.ts';
import { goOnRecord } from './vm/on-record.ts';
import { useRepository } from './vm/repository.ts';

type Result = InspectResults[Inspect['what']];

/** Reads for the CLI, on a worker, since the worker may be the only one that reaches a host. */
export const inspect = operate<Inspect, Result>(
  inspectTitle,
  async (input, op) => ({ summary: 'looked', result: await look(input, op) }),
  { silent: true },
);
movesOn(inspect);

async function look(input: Inspect, op: Op): Promise<Result> {
  if (input.what === 'hosts') return op.step('Read the config', (at) => at.listTargets());
  if (input.what === 'records') return op.step('Check the records', (at) => at.checkRecords(op.id));
  if (input.what === 'health report')
    return op.step('Read the report', (at) => at.readHealthReport(input.operation, input.from));
  if (input.what === 'health baseline') return learnBaseline(op);
  if (input.what === 'audit lines')
    return op.step('Read the audit trail', (at) => at.readAudit(input.operation, input.from));
  if (input.what === 'audit verdicts')
    return op.step('Verify audit trails', (at) => at.verifyAudit(input.operation, input.from));
  if (!('host' in input)) return lookAtCloud(input, op);
  const host = await op.step('Find the host', async (at) => {
    const target = await at.resolveHost(input.host);
    op.useSite(target.site);
    return target;
  });
  switch (input.what) {
    case 'vms':
      return op.step('List the VMs', (at) => at.listVms(host));
    case 'checks':
      return check(host, input.repository, op);
    case 'host key':
      return op.step('Ask for the host key', (at) => at.hostKey(host));
    case 'trust':
      return op.step('Store the host key', (at) => at.trustHostKey(host, input.line));
    case 'backups': {
      const { repository } = await op.step('Find the repository', (at) => at.resolveTargets(input));
      const record = await goOnRecord({ host, repository }, 'inspect', op);
      const share = await useRepository({ host, repository }, op, false);
      const backups = await op.step('List the backups', (at) => at.listBackups(host, share));
      await share.leave();
      await record.letGo();
      return { repository, backups };
    }
  }
}

/** A check of containers and services without their findings: what runs now is what a baseline says has to run. */
async function learnBaseline(op: Op): Promise<InspectResults['health baseline']> {
  const kept = op.undo('Drop what was seen', (at) => at.forgetHealth(op.id));
  const outline = await op.step('Read what to check', (at) =>
    at.planHealth(op.id, { only: ['containers', 'services'] }),
  );
  await checkPlaces(outline, ['containers', 'services'], op);
  const learned = await op.step('Learn the baseline', (at) => at.learnHealth(op.id));
  await op.step('Drop what was seen', (at) => at.forgetHealth(op.id));
  kept.settle();
  return learned;
}

function lookAtCloud(input: CloudInspect, op: Op): Promise<Result> {
  switch (input.what) {
    case 'servers':
      return op.step('List the servers', (at) => at.listServers(input.cloud, input.selection));
    case 'compute hosts':
      return op.step('List the compute hosts', (at) => at.listComputeHosts(input.cloud));
    case 'flavors':
      return op.step('List the flavors', (at) => at.listFlavors(input.cloud));
    case 'server plan':
      return op.step('Read the plan', (at) => at.readPlan(input.operation, input.page));
    case 'server outcomes':
      return op.step('Read the outcomes', (at) => at.readOutcomes(input.operation, input.from));
  }
}

async function check(host: HostTarget, repository: string | undefined, op: Op): Promise<InspectResults['checks']> {
  // Cancelled while they wait for a worker, the checks never go on, and what they had mounted would stay.
  const held = op.undo('Give the mount back', (at) => at.releaseChecked(host, op.id));
  const holder = { operation: op.id, workflowId: op.workflowId, type: 'inspect' };
  const checks = await op.step('Check', (at) => at.checkHost(host, repository, holder));
  held.settle();
  return checks;
}
