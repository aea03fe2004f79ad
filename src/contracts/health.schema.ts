import { z } from 'zod';
import { healthCheckTitle, healthChecks, healthScope } from './health.ts';
import type { HealthCheck } from './health.ts';
import type { Operation } from './operation.ts';

export const healthCheck: Operation<HealthCheck> = {
  type: 'healthCheck',
  input: z.strictObject({
    site: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a site: small letters, digits and dashes')
      .optional(),
    only: z.array(z.enum(healthChecks)).min(1).optional(),
    since: z.int().positive().optional(),
    commit: z.boolean().optional(),
  }) as unknown as z.ZodType<HealthCheck>,
  approval: 'none',
  title: healthCheckTitle,
  workflowId: (input) => `health-check/${healthScope(input)}`,
  tags: () => ({}),
};
