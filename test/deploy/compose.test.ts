import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { searchAttributes } from '../../src/contracts/search-attributes.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly environment?: Record<string, string>;
  readonly ports?: string[];
  readonly depends_on?: Record<string, { condition: string }>;
  readonly secrets?: string[];
  readonly command?: string[];
  readonly volumes?: string[];
  readonly restart?: string;
  readonly healthcheck?: object;
}
interface Compose {
  readonly services: Record<string, Service>;
  readonly secrets: Record<string, { file: string }>;
  readonly volumes: Record<string, null>;
}

const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  const schema = JSON.parse(read('test/deploy/fixtures/compose-spec.json')) as Record<string, unknown>;
  // The schema names its own draft by an address that ajv does not know; it is draft 7, ajv's default.
  delete schema['$schema'];
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

  test('keeps to the compose specification', () => {
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  test('would be refused with a key that the specification does not know', () => {
    const { worker } = compose.services;
    expect(validate({ ...compose, services: { worker: { ...worker, restarts: 'always' } } })).toBe(false);
  });

  test.each(services)('%s has an image of one exact version', (_name, { image }) => {
    expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?$/);
  });

  test.each(services)('%s depends on services that are there', (_name, { depends_on = {} }) => {
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(Object.keys(depends_on)));
  });

  test.each(services)('%s listens on this machine only', (_name, { ports = [] }) => {
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('passwords and keys come from files that git ignores', () => {
    for (const [name, { environment = {} }] of services) {
      const written = Object.keys(environment).filter(
        (key) => /PASS|PWD|KEY|TOKEN/.test(key) && !key.endsWith('_FILE'),
      );
      expect([name, written]).toEqual([name, []]);
    }
    const files = Object.values(compose.secrets).map(({ file }) => file);
    expect(files.every((file) => file.startsWith('./deploy/'))).toBe(true);
    expect(read('.gitignore').split('\n')).toContain('/deploy/*');
    expect(Object.keys(compose.secrets).sort()).toEqual(
      [...new Set(services.flatMap(([, { secrets = [] }]) => secrets))].sort(),
    );
  });

  test.each(services)('%s comes back after a crash and after a reboot', (name, { restart }) => {
    expect(restart).toBe(['schema', 'namespace'].includes(name) ? 'on-failure' : 'unless-stopped');
  });

  test.each(services)(
    '%s mounts volumes that are there, and files of this repository or of deploy/',
    (_name, given) => {
      for (const [source = ''] of (given.volumes ?? []).map((volume) => volume.split(':')))
        if (source.startsWith('./')) expect(`${source}/`).toMatch(/^\.\/deploy\//);
        else expect(Object.keys(compose.volumes)).toContain(source);
    },
  );

  test('closed workflows are kept for 90 days', () => {
    expect(compose.services['namespace']?.command?.join()).toContain('--retention 90d');
  });

  test("the worker's image has the version of the package", () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(compose.services['worker']?.image).toBe(`stackhand:${version}`);
  });
});

describe('docs/deploy.md', () => {
  test('names the command for each search attribute, for who may not let a worker register them', () => {
    const commands = [...read('docs/deploy.md').matchAll(/search-attribute create .* --name (\w+) --type (\w+)$/gm)];
    expect(Object.fromEntries(commands.map(([, name, type]) => [name, type?.toUpperCase()]))).toEqual(searchAttributes);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');

  test('builds on images of one exact version and does not run as root', () => {
    const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
    expect(bases).toHaveLength(2);
    for (const base of bases) expect(base).toMatch(/^node:\d+\.\d+\.\d+-/);
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
  });

  test('copies only what is there and what .dockerignore lets through', () => {
    const letThrough = read('.dockerignore').split('\n');
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.length).toBeGreaterThan(5);
    for (const path of copied) {
      expect([path, existsSync(new URL(path, root))]).toEqual([path, true]);
      expect(letThrough).toContain(`!${path}`);
    }
  });

  test('its health check is a program that the build makes', () => {
    const program = /CMD \["node", "dist\/(.*)\.js"\]/.exec(read('Dockerfile'))?.[1] ?? '';
    expect(existsSync(new URL(`src/${program}.ts`, root))).toBe(true);
  });
});
