import { z } from 'zod';
import type { Operation } from './operation.ts';
import type { VmPrune } from './vm-prune.ts';
import { hostName, keepRules, repositoryName } from './vm-options.schema.ts';

export const vmPrune: Operation<VmPrune> = {
  type: 'vmPrune',
  input: z.strictObject({
    host: hostName,
    repository: repositoryName.optional(),
    keep: keepRules.optional(),
    vms: z.array(z.string().min(1)).min(1).optional(),
    apply: z.boolean().optional(),
  }) as unknown as z.ZodType<VmPrune>,
  approval: 'none',
  title: ({ host, apply }) => `${apply === true ? 'Prune' : 'Plan the pruning of'} backups on ${host}`,
  workflowId: ({ host }) => `vm-prune/${host}`,
  tags: ({ host }) => ({ host }),
};
