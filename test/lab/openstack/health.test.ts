import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { stringify } from 'yaml';
import type { HealthReport } from '../../../src/contracts/health.ts';
import { Session, consumersOf, findServer, listResourceProviders } from '../../../src/systems/openstack/index.ts';
import { emptyConfig, resolveCloud } from '../../../src/config/index.ts';
import { useCloudProgram } from '../../support/cloud-program.ts';
import { until } from '../../support/poll.ts';
import { cloudEnv, cloudScript, labCloud } from '../support/openstack.ts';

/** The services of a real Nova, Cinder and Neutron: one stopped, one disabled, one removed. */
describe('the health of a real cloud', () => {
  const program = useCloudProgram(() =>
    Promise.resolve({
      clouds: labCloud.clouds,
      cloud: labCloud.admin,
      config: stringify({ health: { cloud: labCloud.admin } }),
    }),
  );
  const openstack = async (...args: string[]): Promise<string> =>
    (await execa('openstack', args, { env: cloudEnv, stdin: 'ignore' })).stdout;
  const night = (): Promise<HealthReport> =>
    program.json<HealthReport>('health', 'check', '--commit', '--only', 'services');
  const told = (report: HealthReport, words: string): string | undefined => {
    const finding = report.findings.find(({ what }) => what.includes(words));
    return finding === undefined ? undefined : `${finding.difference}: ${finding.verdict}: ${finding.what}`;
  };

  /** Also after a run that was broken off: the cloud keeps what it was told. */
  const allUp = async (): Promise<void> => {
    // Servers that were deleted while they migrated, by tests of those, leave what the check rightly tells.
    for (const provider of await listResourceProviders(session))
      for (const consumer of await consumersOf(session, provider))
        if ((await findServer(session, consumer)) === undefined) await dropAllocation(consumer);
    await openstack('compute', 'service', 'set', '--enable', 'compute2', 'nova-compute');
    await cloudScript('start', 'cinder-scheduler');
    await cloudScript('agent', 'compute3', 'up');
    await until(
      'all are up',
      async () => (await program.json<HealthReport>('health', 'check', '--only', 'services')).verdict === 'ok',
      150,
    );
  };

  /** As a nova-compute that died in the middle of a delete leaves it. */
  const leaveAllocation = async (): Promise<string> => {
    const [provider] = await listResourceProviders(session);
    const consumer = randomUUID();
    const { projectId, userId } = await session.token();
    const body = {
      allocations: { [provider?.id ?? '']: { resources: { VCPU: 1, MEMORY_MB: 64 } } },
      ...{ project_id: projectId, user_id: userId },
    };
    const path = `/allocations/${consumer}`;
    await session.call({ service: 'placement', method: 'PUT', path, body, what: 'leave an allocation' });
    return consumer;
  };
  const dropAllocation = (consumer: string) =>
    session.call({ service: 'placement', method: 'DELETE', path: `/allocations/${consumer}`, what: 'drop it' });

  let session: Session;
  beforeAll(() => {
    const found = { env: { OS_CLIENT_CONFIG_FILE: labCloud.clouds }, home: '/nowhere', cwd: '/' };
    session = new Session(resolveCloud(emptyConfig(), labCloud.admin, found));
  });
  afterAll(() => session.close());
  beforeEach(() => program.startWorker());

  test('down, disabled and gone are three things, each told once, and each ends', async () => {
    await allUp();
    const before = await night();
    const services = before.results.find(({ check }) => check === 'services');
    expect(services?.seen).toMatch(/^(\d+) of \1 services up/);

    const leftover = await leaveAllocation();
    await openstack(
      ...['compute', 'service', 'set', '--disable', '--disable-reason', 'new kernel', 'compute2', 'nova-compute'],
    );
    await cloudScript('stop', 'cinder-scheduler');
    await cloudScript('agent', 'compute3', 'down');
    const agent = await openstack('network', 'agent', 'list', '--host', 'compute3', '-f', 'value', '-c', 'ID');
    await openstack('network', 'agent', 'delete', agent.trim());
    const first = await night();
    expect(told(first, 'compute2')).toBe('new: warning: nova-compute on compute2 is disabled: new kernel');
    expect(told(first, leftover)).toMatch(/^new: warning: room on compute\d+ is taken for /);
    expect(told(first, 'compute3')).toMatch(/^new: critical: neutron-\S+ on compute3 is gone: /);

    // Cinder takes a minute to believe it.
    let down: string | undefined;
    await until(
      'Cinder says that its scheduler is down',
      async () => {
        down = told(await program.json<HealthReport>('health', 'check', '--only', 'services'), 'cinder-scheduler');
        return down !== undefined;
      },
      150,
    );
    expect(down).toBe('new: critical: cinder-scheduler on controller is down');
    expect(told(await night(), 'compute3')).toMatch(/^still there: /);

    await dropAllocation(leftover);
    await allUp();
    const last = await night();
    expect(last.counts).toMatchObject({ new: 0, stillThere: 0, resolved: 4 });
  }, 500_000);
});
