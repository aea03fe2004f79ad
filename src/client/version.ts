import { readFileSync } from 'node:fs';

/** Of this package, from its package.json: the same place seen from src/client and from dist/client. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
