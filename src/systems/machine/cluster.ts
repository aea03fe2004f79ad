import { DOMParser } from '@xmldom/xmldom';
import type { Element } from '@xmldom/xmldom';
import { Fault } from '../../contracts/faults.ts';
import type { Cluster } from '../../contracts/machine.ts';
import type { Host } from '../host/host.ts';

// A machine that has the tools and no cluster is none. What is missing is said in words, since a crm_mon that can't be run
// ends with 127 as well. The PATH of a user who is not root may lack its place. Older versions know --as-xml alone.
const script = `
[ -e /etc/corosync/corosync.conf ] || [ -n "\${CIB_file:-}" ] || { echo 'no corosync.conf'; exit 127; }
PATH=$PATH:/usr/sbin:/sbin
command -v crm_mon >/dev/null 2>&1 || { echo 'no crm_mon'; exit 127; }
timeout -s KILL 30 crm_mon -1 -r --output-as=xml || timeout -s KILL 30 crm_mon -1 -r --as-xml`;

/**
 * `crm_mon -1 -r`, as `pcs status` asks it.
 * @returns undefined where the host is in no cluster: it has no corosync.conf
 * @throws Fault ToolMissing where it is in one and has no crm_mon; CommandFailed where Pacemaker gives no answer
 */
export async function clusterOf(host: Host): Promise<Cluster | undefined> {
  const { exitCode, stdout } = await host.run(['sh', '-c', script], { deadline: 70 });
  const missing = exitCode === 127 ? stdout.trim() : '';
  if (missing === 'no corosync.conf') return undefined;
  if (missing === 'no crm_mon')
    throw new Fault('ToolMissing', `there is no crm_mon on ${host.name}: its cluster can't be looked at without it`, {
      where: host.name,
      remedy: 'install the command line tools of Pacemaker on the host',
    });
  const text = /<(pacemaker-result|crm_mon)\b[\s\S]*?<\/\1>/.exec(stdout)?.[0] ?? '';
  const root =
    text === '' ? null : new DOMParser({ onError: () => undefined }).parseFromString(text, 'text/xml').documentElement;
  const summary = root?.getElementsByTagName('current_dc')[0];
  if (exitCode !== 0 || root == null || summary === undefined)
    throw new Fault('CommandFailed', `its Pacemaker gives no answer: crm_mon ended with code ${String(exitCode)}`, {
      where: host.name,
    });
  return parse(root, summary);
}

function parse(root: Element, summary: Element): Cluster {
  const nodes = [...root.getElementsByTagName('nodes')].flatMap((list) => [...list.getElementsByTagName('node')]);
  const yes = (element: Element, name: string): boolean => element.getAttribute(name) === 'true';
  return {
    quorum: yes(summary, 'with_quorum'),
    nodes: nodes.map((node) => ({
      name: node.getAttribute('name') ?? '',
      online: yes(node, 'online'),
      unclean: yes(node, 'unclean'),
      standby: yes(node, 'standby'),
      maintenance: yes(node, 'maintenance'),
    })),
    resources: [...root.getElementsByTagName('resource')].map((resource) => ({
      id: resource.getAttribute('id') ?? '',
      role: resource.getAttribute('role') ?? '',
      stoppedOnPurpose: resource.getAttribute('target_role') === 'Stopped',
      failed: yes(resource, 'failed'),
      blocked: yes(resource, 'blocked'),
      managed: yes(resource, 'managed'),
    })),
    failures: [...root.getElementsByTagName('failure')].map((failure) => ({
      operation: failure.getAttribute('op_key') ?? '',
      node: failure.getAttribute('node') ?? '',
      reason: failure.getAttribute('exitreason') || (failure.getAttribute('exitstatus') ?? ''),
    })),
  };
}
