import { z } from 'zod';
import type { Operation } from './operation.ts';
import type { VmRestore } from './vm-restore.ts';
import { hostName, repositoryName, vmName } from './vm-options.schema.ts';

const absolute = z.string().startsWith('/', 'an absolute path');

export const vmRestore: Operation<VmRestore> = {
  type: 'vmRestore',
  input: z.strictObject({
    host: hostName,
    repository: repositoryName.optional(),
    backup: z.string().min(1, 'name a backup as `vm backups` lists it, or a VM'),
    name: vmName.optional(),
    directory: absolute.optional(),
    devices: z.record(z.string(), absolute).optional(),
    boot: z.boolean().optional(),
    connect: z.boolean().optional(),
    shutdown: z.boolean().optional(),
    shutdownTimeout: z.number().positive().optional(),
    forceOff: z.boolean().optional(),
  }) as unknown as z.ZodType<VmRestore>,
  approval: 'none',
  title: ({ host, backup, name }) => `Restore ${backup}${name === undefined ? '' : ` as ${name}`} on ${host}`,
  workflowId: ({ host, backup, name }) => `vm-restore/${host}/${name ?? backup}`,
  tags: ({ host, name }) => ({ host, ...(name === undefined ? {} : { vm: name }) }),
};
