import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');
const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
const atRunTime = Object.keys(dependencies ?? {});
const toBuild = Object.keys(devDependencies ?? {});

/** The names in the first column of a section's table. */
function documented(heading: string): string[] {
  const section =
    read('docs/dependencies.md')
      .split(/^## /m)
      .find((text) => text.startsWith(heading)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
}

describe('dependencies', () => {
  test('each has its reason in docs/dependencies.md, and nothing else has', () => {
    expect(documented('At run time').sort()).toEqual([...atRunTime].sort());
    expect(documented('To build and test').sort()).toEqual([...toBuild].sort());
  });

  test('each is pinned to one exact version, and all of Temporal to the same', () => {
    const versions = Object.entries({ ...dependencies, ...devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    const temporal = versions.filter(([name]) => name.startsWith('@temporalio/')).map(([, version]) => version);
    expect(new Set(temporal).size).toBe(1);
  });

  test('what is installed for run time is imported somewhere', () => {
    const files = readdirSync(`${root}/src`, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const sources = files.map((file) => read(`src/${file}`)).join('\n');
    // protobufjs is there for the SDK (docs/dependencies.md).
    const unused = atRunTime.filter((name) => name !== 'protobufjs' && !new RegExp(`'${name}[/']`).test(sources));
    expect(unused).toEqual([]);
  });

  test('the lock file names no registry', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });
});
