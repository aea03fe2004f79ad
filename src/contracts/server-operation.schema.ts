import { z } from 'zod';
import type { Operation } from './operation.ts';
import type { HostRestore, ServerAction, ServerOperation } from './server-operation.ts';
import { drainTitle, restoreTitle, serverTitle, sourceName } from './server-titles.ts';

const word = z.string().min(1);
const words = z.array(word).min(1);
const operationId = z.uuid();

export const cloudName = word.max(255);

export const serverSelection = z
  .strictObject({
    host: word.optional(),
    project: word.optional(),
    all: z.boolean().optional(),
    names: words.optional(),
    ids: z.array(z.uuid('a server id, such as 3aba3d94-785d-4499-bc86-cb82915f1437')).min(1).optional(),
    status: words.optional(),
    tags: words.optional(),
    metadata: z.record(z.string(), z.string()).optional(),
    exclude: words.optional(),
  })
  .refine(
    ({ all, exclude: _, ...narrowing }) =>
      all === true || Object.values(narrowing).some((value) => value !== undefined),
    'say which servers: --host, --project, --name, --id, --status, --tag, or --all',
  )
  .refine(
    ({ all, host, names, ids }) => all !== true || (host === undefined && names === undefined && ids === undefined),
    '--all is every server: it does not go with --host, --name or --id',
  );

const source = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('selection'), selection: serverSelection, stoppedByUs: z.boolean().optional() }),
  z.strictObject({ from: z.literal('plan'), operation: operationId, hash: word }),
  z.strictObject({ from: z.literal('stopped'), operation: operationId }),
  z.strictObject({ from: z.literal('failed'), operation: operationId }),
  z.strictObject({ from: z.literal('moved'), operation: operationId }),
]);

const count = (most: number) => z.number().int().min(1).max(most);
const limits = z.strictObject({
  parallel: count(500).optional(),
  perHost: count(500).optional(),
  perTarget: count(500).optional(),
  canary: count(1000).optional(),
  maxFailures: z
    .string()
    .regex(/^(\d+|(100|\d{1,2})%)$/, 'a number, or a percentage such as 10%')
    .optional(),
});

const how = z.strictObject({
  timeout: count(7 * 86_400).optional(),
  includeLocked: z.boolean().optional(),
  includeManaged: z.boolean().optional(),
  to: word.optional(),
  block: z.enum(['auto', 'yes', 'no']).optional(),
  cold: z.boolean().optional(),
  includeStopped: z.boolean().optional(),
  onTimeout: z.enum(['abort', 'force-complete', 'leave']).optional(),
  includeArrivals: z.boolean().optional(),
  keepDisabled: z.boolean().optional(),
  enableAfter: z.boolean().optional(),
});

const input = z.strictObject({
  cloud: cloudName.optional(),
  source,
  how: how.optional(),
  limits: limits.optional(),
  planOnly: z.boolean().optional(),
  approved: z.strictObject({ count: z.number().int().min(0).optional() }).optional(),
  noWait: z.boolean().optional(),
});

function operation(action: ServerAction, type: string): Operation<ServerOperation> {
  return {
    type,
    input: input as unknown as z.ZodType<ServerOperation>,
    approval: action === 'delete' ? 'typed count' : 'yes',
    title: (given) => serverTitle(action, given),
    workflowId: ({ cloud, source: from }) =>
      [`server-${action}`, cloud, sourceName(from)].filter((part) => part !== undefined).join('/'),
    tags: ({ cloud, source: from }) => ({
      ...(cloud === undefined ? {} : { cloud }),
      ...(from.from === 'selection' && from.selection.host !== undefined ? { host: from.selection.host } : {}),
    }),
  };
}

export const serverStop = operation('stop', 'serverStop');
export const serverStart = operation('start', 'serverStart');
export const serverDelete = operation('delete', 'serverDelete');
export const serverMigrate = operation('migrate', 'serverMigrate');

/** Empties a compute host: a migration of all its servers that also takes it out of scheduling. */
export const hostDrain: Operation<ServerOperation> = {
  ...serverMigrate,
  type: 'hostDrain',
  title: drainTitle,
  workflowId: ({ cloud, source: from }) =>
    ['host-drain', cloud, sourceName(from)].filter((part) => part !== undefined).join('/'),
};

/** Brings a compute host back into scheduling, and back what a drain moved away. */
export const hostRestore: Operation<HostRestore> = {
  type: 'hostRestore',
  input: z.strictObject({
    cloud: cloudName.optional(),
    host: word,
    drain: operationId.optional(),
    bringBack: z.boolean().optional(),
    how: how.optional(),
    limits: limits.optional(),
    approved: z.strictObject({ count: z.number().int().min(0).optional() }).optional(),
    noWait: z.boolean().optional(),
  }) as unknown as z.ZodType<HostRestore>,
  approval: 'yes',
  title: restoreTitle,
  workflowId: ({ cloud, host }) => ['host-restore', cloud, host].filter((part) => part !== undefined).join('/'),
  tags: ({ cloud, host }) => ({ host, ...(cloud === undefined ? {} : { cloud }) }),
};
