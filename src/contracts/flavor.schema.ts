import { z } from 'zod';
import { flavorTitle } from './flavor.ts';
import type { FlavorImport } from './flavor.ts';
import type { Operation } from './operation.ts';
import { cloudName } from './server-operation.schema.ts';

/** Limits of Nova's own schema (nova/api/openstack/compute/schemas/flavors.py). */
const number = (from: number) => z.number().int().min(from).max(2_147_483_647);
const spec = z.strictObject({
  name: z.string().trim().min(1).max(255),
  vcpus: number(1),
  ram: number(1),
  disk: number(0),
  ephemeral: number(0).optional(),
  swap: number(0).optional(),
  id: z.string().min(1).max(255).optional(),
  public: z.boolean().optional(),
  projects: z.array(z.string().min(1)).optional(),
  properties: z.record(z.string().min(1).max(255), z.string().max(255)).optional(),
  description: z.string().max(65_535).optional(),
});

/** As many as one payload of Temporal holds with room to spare. */
const most = 2000;

export const flavorImport: Operation<FlavorImport> = {
  type: 'flavorImport',
  input: z.strictObject({
    cloud: cloudName.optional(),
    flavors: z
      .array(spec)
      .min(1)
      .max(most, `at most ${String(most)} flavors at a time`),
    replace: z.boolean().optional(),
    evenInUse: z.boolean().optional(),
    planOnly: z.boolean().optional(),
    approved: z.boolean().optional(),
  }) as unknown as z.ZodType<FlavorImport>,
  approval: 'yes',
  title: flavorTitle,
  workflowId: ({ cloud, flavors: [first, ...more] }) =>
    ['flavor-import', cloud, more.length === 0 ? first?.name : undefined]
      .filter((part) => part !== undefined)
      .join('/'),
  tags: ({ cloud }) => (cloud === undefined ? {} : { cloud }),
};
