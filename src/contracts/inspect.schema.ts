import { z } from 'zod';
import type { Inspect } from './inspect.ts';
import type { Operation } from './operation.ts';
import { hostName, repositoryName } from './vm-options.schema.ts';

export const inspect: Operation<Inspect> = {
  type: 'inspect',
  input: z.discriminatedUnion('what', [
    z.strictObject({ what: z.literal('hosts') }),
    z.strictObject({ what: z.literal('vms'), host: hostName }),
    z.strictObject({ what: z.literal('backups'), host: hostName, repository: repositoryName.optional() }),
    z.strictObject({ what: z.literal('checks'), host: hostName, repository: repositoryName.optional() }),
    z.strictObject({ what: z.literal('host key'), host: hostName }),
    z.strictObject({ what: z.literal('trust'), host: hostName, line: z.string().min(1) }),
  ]) as unknown as z.ZodType<Inspect>,
  approval: 'none',
  title: (input) => `Look at ${input.what}${input.what === 'hosts' ? '' : ` of ${input.host}`}`,
  workflowId: (input) => `inspect/${input.what === 'hosts' ? 'config' : input.host}`,
  tags: (input) => (input.what === 'hosts' ? {} : { host: input.host }),
};
