import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { dropDomainLease, readDomainLease, takeDomainLease } from '../../../src/systems/jobs/domain-lease.ts';
import { localHost, scratch } from './support/local.ts';

const host = localHost();
const { paths, remove } = scratch();
afterAll(remove);

const holder = (): { operation: string; workflowId: string; type: string } => {
  const operation = randomUUID();
  return { operation, workflowId: `vm-backup/kvm1/"operation":"x"/${operation}`, type: 'vmBackup' };
};

test('one operation of ten gets the VM, and the others are told which', async () => {
  const uuid = randomUUID();
  const holders = Array.from({ length: 10 }, holder);
  const answers = await Promise.allSettled(holders.map((one) => takeDomainLease(host, paths, uuid, one)));
  const winner = holders[answers.findIndex((answer) => answer.status === 'fulfilled')]!;
  const refused = answers.filter((answer) => answer.status === 'rejected');
  expect(refused).toHaveLength(9);
  for (const { reason } of refused) {
    expect(reason).toMatchObject({ type: 'VmRefused', message: expect.stringContaining(winner.workflowId) });
  }
  const { operation, workflowId } = winner;
  expect(await readDomainLease(host, paths, uuid)).toEqual({ operation, workflowId });
});

test('its holder takes it again; only its holder drops it', async () => {
  const uuid = randomUUID();
  const [one, other] = [holder(), holder()];
  await takeDomainLease(host, paths, uuid, one);
  await takeDomainLease(host, paths, uuid, one);
  await dropDomainLease(host, paths, uuid, other.operation);
  await expect(takeDomainLease(host, paths, uuid, other)).rejects.toMatchObject({ type: 'VmRefused' });
  await dropDomainLease(host, paths, uuid, one.operation);
  await dropDomainLease(host, paths, uuid, one.operation);
  expect(await readDomainLease(host, paths, uuid)).toBeUndefined();
  await takeDomainLease(host, paths, uuid, other);
});

test('VMs are leased one by one', async () => {
  await takeDomainLease(host, paths, randomUUID(), holder());
  await takeDomainLease(host, paths, randomUUID(), holder());
});
