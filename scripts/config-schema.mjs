/**
 * Writes stackhand.schema.json from the compiled config schema (npm run build first). Run it after a change of
 * src/config/*schema*.ts; test/config/json-schema.test.ts fails while the file is behind.
 */
import { writeFile } from 'node:fs/promises';
import { configJsonSchema } from '../dist/config/json-schema.js';

const file = new URL('../stackhand.schema.json', import.meta.url);
await writeFile(file, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
console.log(`wrote ${file.pathname}`);
