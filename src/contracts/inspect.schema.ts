import { z } from 'zod';
import { inspectTitle } from './inspect.ts';
import type { Inspect } from './inspect.ts';
import type { Operation } from './operation.ts';
import { cloudName, serverSelection } from './server-operation.schema.ts';
import { hostName, repositoryName } from './vm-options.schema.ts';

/** An operation's id, or that of a later round of it. */
const planKey = z.string().regex(/^[0-9a-f-]{36}(-round-\d+)?$/, 'the id of an operation');

export const inspect: Operation<Inspect> = {
  type: 'inspect',
  input: z.discriminatedUnion('what', [
    z.strictObject({ what: z.literal('hosts') }),
    z.strictObject({ what: z.literal('records') }),
    z.strictObject({ what: z.literal('vms'), host: hostName }),
    z.strictObject({ what: z.literal('backups'), host: hostName, repository: repositoryName.optional() }),
    z.strictObject({ what: z.literal('checks'), host: hostName, repository: repositoryName.optional() }),
    z.strictObject({ what: z.literal('host key'), host: hostName }),
    z.strictObject({ what: z.literal('trust'), host: hostName, line: z.string().min(1) }),
    z.strictObject({
      what: z.literal('health report'),
      operation: z
        .string()
        .regex(/^[0-9a-f-]{4,36}$/, 'the id of an operation')
        .optional(),
      from: z.int().min(0),
    }),
    z.strictObject({ what: z.literal('health baseline') }),
    z.strictObject({ what: z.literal('audit lines'), operation: z.uuid(), from: z.int().min(0) }),
    z.strictObject({ what: z.literal('audit verdicts'), operation: z.uuid().optional(), from: z.int().min(0) }),
    z.strictObject({ what: z.literal('servers'), cloud: cloudName.optional(), selection: serverSelection }),
    z.strictObject({ what: z.literal('compute hosts'), cloud: cloudName.optional() }),
    z.strictObject({ what: z.literal('flavors'), cloud: cloudName.optional() }),
    z.strictObject({ what: z.literal('server plan'), operation: planKey, page: z.number().int().min(0) }),
    z.strictObject({ what: z.literal('server outcomes'), operation: z.uuid(), from: z.number().int().min(0) }),
  ]) as unknown as z.ZodType<Inspect>,
  approval: 'none',
  title: inspectTitle,
  workflowId: (input) => `inspect/${'host' in input ? input.host : input.what.replaceAll(' ', '-')}`,
  tags: (input) => ('host' in input ? { host: input.host } : {}),
};
