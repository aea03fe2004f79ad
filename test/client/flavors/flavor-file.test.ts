import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { exportFormats } from '../../../src/client/flavors/formats.ts';
import { flavorText, readFlavorFile } from '../../../src/client/flavors/flavor-file.ts';
import type { FlavorSpec, FlavorWithAccess } from '../../../src/contracts/flavor.ts';
import { scratchDirectory } from '../../support/scratch.ts';

let directory = '';
beforeAll(async () => {
  directory = await scratchDirectory('flavors');
});
const read = async (name: string, text: string): Promise<FlavorSpec[]> => {
  const file = join(directory, name);
  await writeFile(file, text);
  return readFlavorFile(file);
};
const problems = async (name: string, text: string): Promise<string[]> => {
  try {
    await read(name, text);
  } catch (error) {
    return (error as Error).message.split('\n').slice(1);
  }
  return [];
};

describe('a file of flavors', () => {
  test('lines of name vcpus ram disk ephemeral, with remarks, blank lines and a header; 4G of RAM is 4096 MB', async () => {
    const text = '# ours\nname vcpus ram disk ephemeral\n\nm1.small 1 2048 20 0\r\n  m1.large\t4  8G 80G 10 # big\n';
    expect(await read('flavors.txt', text)).toEqual([
      { name: 'm1.small', vcpus: 1, ram: 2048, disk: 20, ephemeral: 0 },
      { name: 'm1.large', vcpus: 4, ram: 8192, disk: 80, ephemeral: 10 },
    ]);
  });

  test('every wrong line is told at once, with its number and what was expected', async () => {
    const text =
      'a 0 1024 10 0\nb 1 1024 10\nc 1 lots 10 0\nd 1 1 1 1 1\na 1 1 1 1\ne 1 1.5G 1 0\nf 1 1 -1 0\ng 1 1 1 0\n';
    expect(await problems('wrong.txt', text)).toEqual([
      '  line 1: vcpus 0: expected a whole number from 1',
      '  line 2: a column is missing: expected name vcpus ram disk ephemeral, found 4: b 1 1024 10',
      '  line 3: ram lots: expected a whole number of MB from 1, or with its unit: 4096, 4G',
      '  line 4: there are too many columns: expected name vcpus ram disk ephemeral, found 6: d 1 1 1 1 1',
      '  line 5: name a: it stands in line 1 already',
      '  line 6: ram 1.5G: expected a whole number of MB from 1, or with its unit: 4096, 4G',
      '  line 7: disk -1: expected a whole number of GB, or with its unit: 20, 20G, 1T',
    ]);
  });

  test('CSV has a column for each property', async () => {
    const text =
      'name,vcpus,ram,disk,public,projects,property:hw:cpu_policy\n"a, b",2,4G,20,no,p1 p2,dedicated\nc,1,512,1,,,\n';
    expect(await read('flavors.csv', text)).toEqual([
      {
        ...{ name: 'a, b', vcpus: 2, ram: 4096, disk: 20, public: false },
        projects: ['p1', 'p2'],
        properties: { 'hw:cpu_policy': 'dedicated' },
      },
      { name: 'c', vcpus: 1, ram: 512, disk: 1, properties: {} },
    ]);
    expect(await problems('short.csv', 'name,vcpus,ram,disk\na,1,1\nb,0,1,1\nc,1,1,1,1\n')).toEqual([
      '  line 2: expected 4 columns as in the first line, found 3',
      '  line 3: vcpus 0: expected a whole number from 1',
      '  line 4: expected 4 columns as in the first line, found 5',
    ]);
    expect(await problems('wrong.csv', 'name,vcpus,ram,disk,color\na,x,1,1,red\n')).toEqual([
      '  line 2: vcpus x: expected a whole number from 1',
      expect.stringContaining('line 2: color: a flavor has no such field'),
    ]);
  });

  test('YAML and JSON, as a list or below `flavors`', async () => {
    const flavor = { name: 'a', vcpus: 1, ram: 64, disk: 0, properties: { 'hw:mem_page_size': 'large' } };
    expect(await read('flavors.json', JSON.stringify([flavor]))).toEqual([flavor]);
    expect(await read('flavors.yaml', 'flavors:\n  - {name: a, vcpus: 2, ram: 4G, disk: 1, swap: 512}\n')).toEqual([
      { name: 'a', vcpus: 2, ram: 4096, disk: 1, swap: 512 },
    ]);
    const wrong =
      'flavors:\n  - name: a\n    vcpus: 1\n  - just text\n  - {name: b, vcpus: 1, ram: 1, disk: 1, properties: 7}\n';
    expect(await problems('wrong.yaml', wrong)).toEqual([
      '  line 2: ram is missing',
      '  line 2: disk is missing',
      expect.stringContaining('line 4: expected a flavor'),
      expect.stringContaining('line 5: properties: expected keys'),
    ]);
    expect(await problems('broken.yaml', 'flavors: [\n')).toHaveLength(1);
  });

  test.each(exportFormats.map((format) => [format]))('what is written as %s is read as it was', async (format) => {
    const all: FlavorWithAccess[] = [
      {
        ...{ id: 'one', name: 'a b', vcpus: 1, ram: 64, disk: 1, ephemeral: 0, swap: 0, public: true },
        ...{
          description: 'with "quotes", commas\nand lines',
          properties: { 'hw:cpu_policy': 'shared', x: '#1, 2', empty: '' },
        },
        projects: [],
      },
      {
        ...{ id: '2', name: 'private', vcpus: 2, ram: 128, disk: 0, ephemeral: 3, swap: 4, public: false },
        ...{ properties: {}, projects: ['p1', 'p2'] },
      },
    ];
    const back = await read(`round.${format}`, flavorText(all, format));
    expect(back.map((flavor) => ({ properties: {}, projects: [], ...flavor }))).toEqual(all);
  });
});
