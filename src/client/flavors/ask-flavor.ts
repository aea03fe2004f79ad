import type { FlavorSpec } from '../../contracts/flavor.ts';
import type { Ask } from '../ask.ts';
import { flavorFields } from './fields.ts';
import type { FlavorField } from './fields.ts';

const questions: readonly (readonly [FlavorField, string, string | undefined])[] = [
  ['name', 'Name', undefined],
  ['vcpus', 'vCPUs', undefined],
  ['ram', 'RAM in MB (4096, or 4G)', undefined],
  ['disk', 'Root disk in GB (0: as large as the image)', undefined],
  ['ephemeral', 'Ephemeral disk in GB', '0'],
  ['swap', 'Swap in MB', '0'],
  ['public', 'For every project', 'yes'],
];

/** Field by field; a wrong answer is told and asked for again. */
export async function askFlavor(ask: Ask): Promise<FlavorSpec> {
  const values: Record<string, unknown> = {};
  for (const [field, question, usual] of questions) values[field] = await askField(ask, field, question, usual);
  return values as unknown as FlavorSpec;
}

async function askField(ask: Ask, field: FlavorField, question: string, usual: string | undefined): Promise<unknown> {
  let wrong = '';
  for (;;) {
    const told = usual === undefined ? '' : ` [${usual}]`;
    const text = (await ask.text(`${wrong}${question}${told}:`)) ?? '';
    const value = flavorFields[field].parse(text.trim() === '' ? (usual ?? '') : text.trim());
    if (value !== undefined) return value;
    wrong = `${text.trim() === '' ? 'nothing was said' : text.trim()} will not do: expected ${flavorFields[field].expected}. `;
  }
}
