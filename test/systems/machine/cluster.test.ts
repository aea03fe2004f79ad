import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { clusterProblems } from '../../../src/domain/health/cluster-problems.ts';
import type { Host } from '../../../src/systems/host/host.ts';
import { clusterOf } from '../../../src/systems/machine/index.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { localHost } from '../jobs/support/local.ts';

/** What the real crm_mon (Pacemaker 2.1.5) says of three nodes, one offline, and four resources. */
const captured = new URL('../../support/fixtures/crm-mon.xml', import.meta.url);

describe("a host's cluster", () => {
  let bin = '';
  const target = {
    ...{ name: 'ctl1', transport: 'local' as const, address: 'localhost', port: 22, user: 'root', sudo: false },
    ...{ runDirectory: '/run/stackhand', stateDirectory: '/var/lib/stackhand' },
  };
  const host = (more: Record<string, string>): Host => localHost({ PATH: `${bin}:/usr/bin:/bin`, ...more });
  const clustered = { CIB_file: 'yes' };
  const pacemaker = async (text: string, code = 0): Promise<void> => {
    await writeFile(join(bin, 'answer'), text);
    await writeFile(join(bin, 'crm_mon'), `#!/bin/sh\ncat '${bin}/answer'; exit ${String(code)}\n`);
    await chmod(join(bin, 'crm_mon'), 0o755);
  };
  beforeEach(async () => (bin = await scratchDirectory('bin')));

  test('nodes and resources, as Pacemaker has them', async () => {
    await pacemaker(await readFile(captured, 'utf8'));
    const cluster = await clusterOf(host(clustered));
    expect(cluster?.quorum).toBe(true);
    expect(cluster?.nodes.map(({ name, online }) => [name, online])).toEqual([
      ['ctl1', true],
      ['ctl2', true],
      ['ctl3', false],
    ]);
    expect(cluster?.resources.map(({ id, role }) => `${id} ${role}`)).toContain('ip-10.0.0.5 Started');
    expect(cluster?.failures).toEqual([
      { operation: 'ip-10.0.0.5_start_0', node: 'ctl1', reason: 'no such interface' },
    ]);
    const { problems } = clusterProblems(target, 'controllers', cluster ?? 'none');
    expect(problems.map(({ verdict, where, what }) => `${verdict}: ${where}: ${what}`)).toEqual([
      'critical: cluster of controllers: node ctl3 is offline',
      'critical: cluster of controllers: ip-10.0.0.5 has failed',
      'critical: cluster of controllers: openstack-cinder-volume-podman-0 is stopped',
      'critical: cluster of controllers: dlm is stopped (3 of 3)',
    ]);
    expect(problems[1]?.evidence).toEqual(['ip-10.0.0.5_start_0 on ctl1: no such interface']);
  });

  describe('in a tree of its own', () => {
    let tree = '';
    const within = (): Host => {
      const local = host({});
      // Every place outside of the PATH that is looked at is in the tree.
      const moved = (part: string): string =>
        part.replaceAll('/etc/corosync', `${tree}/etc/corosync`).replaceAll(':/usr/sbin', `:${tree}/usr/sbin`);
      return { ...local, name: 'ctl1', run: (argv, options) => local.run(argv.map(moved), options) };
    };
    const configured = async (): Promise<void> => {
      await mkdir(join(tree, 'etc/corosync'), { recursive: true });
      await writeFile(join(tree, 'etc/corosync/corosync.conf'), 'totem {}\n');
    };
    beforeEach(async () => (tree = await scratchDirectory('tree')));

    test('a host that has its tools and no corosync.conf is in none', async () => {
      await pacemaker(await readFile(captured, 'utf8'));
      expect(await clusterOf(within())).toBeUndefined();
    });

    test('one that has a corosync.conf and no crm_mon lacks it', async () => {
      await configured();
      await expect(clusterOf(within())).rejects.toMatchObject({
        type: 'ToolMissing',
        message: expect.stringMatching(/crm_mon on ctl1/),
        details: { where: 'ctl1' },
      });
    });

    test('crm_mon is found outside of the PATH of a user who is not root', async () => {
      await configured();
      await pacemaker(await readFile(captured, 'utf8'));
      await mkdir(join(tree, 'usr/sbin'), { recursive: true });
      await rename(join(bin, 'crm_mon'), join(tree, 'usr/sbin/crm_mon'));
      expect(await clusterOf(within())).toMatchObject({ quorum: true });
    });

    test('one that can not be run gives no answer', async () => {
      await configured();
      // As where a library of it is missing.
      await pacemaker('', 127);
      await expect(clusterOf(within())).rejects.toMatchObject({ type: 'CommandFailed', message: /code 127/ });
    });
  });

  test('one that gives no answer is a failure, told as such', async () => {
    await pacemaker('<pacemaker-result><status code="102" message="Not connected"/></pacemaker-result>', 102);
    await expect(clusterOf(host(clustered))).rejects.toMatchObject({ type: 'CommandFailed', message: /no answer/ });
    expect(clusterProblems(target, 'controllers', 'no answer').problems).toMatchObject([
      { where: 'ctl1', verdict: 'unknown', what: 'no answer' },
    ]);
  });
});
