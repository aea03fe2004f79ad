import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { baselineText, readBaseline } from '../../src/config/health-baseline.ts';
import { isFault } from '../../src/contracts/faults.ts';
import { scratchDirectory } from '../support/scratch.ts';

describe('a baseline file', () => {
  const written = async (text: string): Promise<string> => {
    const file = join(await scratchDirectory('baseline'), 'baseline.yaml');
    await writeFile(file, text);
    return file;
  };
  const problem = async (text: string): Promise<string> => {
    const file = await written(text);
    try {
      readBaseline(file);
    } catch (error) {
      if (isFault(error)) return `${error.type}: ${error.message.replace(file, 'FILE')}`;
      throw error;
    }
    return 'none';
  };

  test('is read as it is written', async () => {
    const baseline = {
      roles: { controllers: { everywhere: ['nova_api'], exactly: { 'cinder-volume': 1 } } },
      services: ['nova-compute on cmp1'],
    };
    expect(readBaseline(await written(baselineText(baseline, new Date(0))))).toEqual(baseline);
  });

  test('may leave out what there is none of', async () => {
    expect(readBaseline(await written('roles:\n  computes:\n    everywhere: [nova_compute]\n'))).toEqual({
      roles: { computes: { everywhere: ['nova_compute'], exactly: {} } },
      services: [],
    });
  });

  test.each([
    ['', 'ConfigInvalid: the baseline FILE is empty: it expects nothing'],
    ['[]', 'ConfigInvalid: the baseline FILE:1: expected roles: and services:, as health baseline writes them'],
    ['roles: [a]', 'ConfigInvalid: the baseline FILE:1: expected roles by name'],
    ['roles:\n  a:\n    everywhere: b', 'ConfigInvalid: the baseline FILE:3: expected a list of containers'],
    ['roles:\n  a:\n    exactly:\n      b: -1', 'ConfigInvalid: the baseline FILE:4: expected a number of hosts'],
    ['services:\n  - a: b', 'ConfigInvalid: the baseline FILE:2: expected a service such as nova-compute on cmp1'],
    ['roles: {\n', expect.stringContaining('ConfigInvalid: the baseline FILE:2: this is not valid YAML')],
  ])('%j', async (text, said) => {
    expect(await problem(text)).toEqual(said);
  });

  test('that is not there says how to write one', () => {
    expect(() => readBaseline('/nowhere/baseline.yaml')).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('stackhand health baseline --out FILE') }),
    );
  });
});
