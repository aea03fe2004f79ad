import { z } from 'zod';
import { configSchema } from './schema.ts';

/** JSON Schema of the config file, for editors; stackhand.schema.json is this, and a test holds them together. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-07' });
  return { $schema, title: 'stackhand config file', ...schema };
}
