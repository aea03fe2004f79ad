import { z } from 'zod';
import type { Operation } from './operation.ts';
import type { VmBackup, VmBackups } from './vm-backup.ts';
import { backupOptions, compareNeedsVmOff, hostName, repositoryName, vmName } from './vm-options.schema.ts';

export const vmBackup: Operation<VmBackup> = {
  type: 'vmBackup',
  input: z
    .strictObject({ host: hostName, vm: vmName, repository: repositoryName.optional(), ...backupOptions })
    .refine(compareNeedsVmOff.check, compareNeedsVmOff.message) as unknown as z.ZodType<VmBackup>,
  approval: 'none',
  title: ({ host, vm }) => `Back up ${vm} on ${host}`,
  workflowId: ({ host, vm }) => `vm-backup/${host}/${vm}`,
  tags: ({ host, vm }) => ({ host, vm }),
};

export const vmBackups: Operation<VmBackups> = {
  type: 'vmBackups',
  input: z
    .strictObject({
      host: hostName,
      vms: z.array(vmName).min(1).optional(),
      all: z.boolean().optional(),
      exclude: z.array(z.string().min(1)).optional(),
      repository: repositoryName.optional(),
      parallel: z.number().int().min(1).max(32).optional(),
      ...backupOptions,
    })
    .refine(compareNeedsVmOff.check, compareNeedsVmOff.message)
    .refine(({ vms, all }) => (vms !== undefined) !== (all === true), 'name VMs, or say all: one of the two')
    .refine(
      ({ all, exclude }) => exclude === undefined || all === true,
      '--exclude goes with --all',
    ) as unknown as z.ZodType<VmBackups>,
  approval: 'none',
  title: ({ host, vms }) => `Back up ${vms === undefined ? 'all VMs' : vms.join(', ')} on ${host}`,
  workflowId: ({ host }) => `vm-backups/${host}`,
  tags: ({ host }) => ({ host }),
};
