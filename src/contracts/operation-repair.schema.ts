import { z } from 'zod';
import type { OperationRepair } from './operation-repair.ts';
import type { Operation } from './operation.ts';
import { hostName } from './vm-options.schema.ts';

export const operationRepair: Operation<OperationRepair> = {
  type: 'operationRepair',
  input: z.strictObject({
    host: hostName,
    operation: z.string().min(1).optional(),
    force: z.boolean().optional(),
  }) as unknown as z.ZodType<OperationRepair>,
  approval: 'none',
  title: ({ host, operation }) => `Repair what ${operation ?? 'ended operations'} left on ${host}`,
  workflowId: ({ host }) => `operation-repair/${host}`,
  tags: ({ host }) => ({ host }),
};
