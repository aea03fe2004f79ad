import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

/** The file that the topology repeats: its settings and its schema script are taken from here, not written again. */
export const compose = parse(readFileSync(new URL('../../../../docker-compose.yml', import.meta.url), 'utf8'), {
  merge: true,
}) as {
  readonly services: Readonly<Record<'schema' | 'temporal', Service>>;
  readonly configs: Readonly<Record<'dynamicconfig', { readonly content: string }>>;
};
