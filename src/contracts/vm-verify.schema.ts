import { z } from 'zod';
import type { Operation } from './operation.ts';
import type { VmVerify } from './vm-verify.ts';
import { hostName, repositoryName } from './vm-options.schema.ts';

export const vmVerify: Operation<VmVerify> = {
  type: 'vmVerify',
  input: z
    .strictObject({
      host: hostName,
      repository: repositoryName.optional(),
      backups: z.array(z.string().min(1)).min(1).optional(),
      all: z.boolean().optional(),
    })
    .refine(
      ({ backups, all }) => (backups !== undefined) !== (all === true),
      'name backups, or say all: one of the two',
    ) as unknown as z.ZodType<VmVerify>,
  approval: 'none',
  title: ({ host, backups }) => `Verify ${backups === undefined ? 'all backups' : backups.join(', ')} on ${host}`,
  workflowId: ({ host }) => `vm-verify/${host}`,
  tags: ({ host }) => ({ host }),
};
