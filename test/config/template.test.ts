import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { configTemplate } from '../../src/config/template.ts';
import { described, keysOf } from './json-schema.ts';
import { parse, problems } from './parse.ts';

const uncommented = configTemplate().replace(/^( *)#(?! |$)/gm, '$1');
const valid = new Ajv({ allErrors: true, strict: true, strictTypes: false }).compile(configJsonSchema());

describe('what stackhand init writes', () => {
  test('is valid as it is, and changes nothing', () => {
    expect(parse(configTemplate())).toEqual(parse(''));
  });

  test('is valid with all its examples, and they say what the comments say', () => {
    expect(problems(uncommented)).toEqual([]);
    const config = parse(uncommented);
    expect(Object.keys(config.hosts)).toEqual(['kvm1', 'kvm2', 'here']);
    expect(Object.keys(config.repositories)).toEqual(['nas', 'vault', 'offsite', 'windows-share', 'spare-disk']);
    expect(config.notifications).toHaveLength(3);
    expect(config.health.roles).toHaveProperty('controllers.preset', 'tripleo');
    expect(config.defaults).toEqual({ ...parse('').defaults, repository: 'nas', level: 3, bandwidth: 200 * 1024 ** 2 });
  });

  test('shows every key there is', () => {
    for (const key of keysOf(configJsonSchema()).filter((name) => !['runDirectory', 'stateDirectory'].includes(name)))
      expect(uncommented).toMatch(new RegExp(`\\b${key}:`));
  });

  test('tells editors where its schema is', () => {
    expect(configTemplate({ schema: './s.json' }).split('\n')[0]).toBe('# yaml-language-server: $schema=./s.json');
  });
});

describe('the JSON Schema for editors', () => {
  test('stackhand.schema.json is current (else: npm run build && node scripts/config-schema.mjs)', () => {
    const published: unknown = JSON.parse(readFileSync('stackhand.schema.json', 'utf8'));
    expect(published).toEqual(configJsonSchema());
  });

  test('accepts the template and its examples', () => {
    for (const text of [configTemplate(), uncommented]) {
      valid(parseYaml(text));
      expect(valid.errors).toBeNull();
    }
  });

  test.each([
    'hsts: {}',
    'hosts: { a: { adress: x } }',
    'hosts: { a: { port: 99999 } }',
    'defaults: { guardAfter: 5 }',
  ])('refuses %s, as the program does', (text) => {
    expect(valid(parseYaml(text))).toBe(false);
    expect(problems(text)).not.toEqual([]);
  });

  test('says what each key is for', () => {
    const silent = described(configJsonSchema()).filter(([, description]) => description === undefined);
    expect(silent).toEqual([]);
  });
});
