import { readdir, utimes } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { Store } from '../../src/practice/store.ts';
import { builtProgram } from '../support/built.ts';
import { scratchDirectory } from '../support/scratch.ts';

describe('the state of the practice site', () => {
  test('loses no change of several processes that write at once', async () => {
    const directory = await scratchDirectory('store');
    const store = new Store<{ count: number }>(directory);
    store.create(() => ({ count: 0 }));
    const module = pathToFileURL(`${await builtProgram()}/practice/store.js`).href;
    const writer = `
      import { Store } from ${JSON.stringify(module)};
      const store = new Store(${JSON.stringify(directory)});
      for (let n = 0; n < 100; n += 1) store.update((value) => { value.count += 1; });`;
    const write = () => execa(process.execPath, ['--input-type=module', '--eval', writer]);
    await Promise.all([write(), write(), write()]);
    expect(store.read()).toEqual({ count: 300 });
  });

  test('drops old versions, but none that somebody may still be writing over', async () => {
    const directory = await scratchDirectory('store');
    const store = new Store<{ count: number }>(directory);
    store.create(() => ({ count: 0 }));
    const count = () => store.update((value) => (value.count += 1));
    while (count() < 20);
    expect(await readdir(directory)).toHaveLength(21);
    const old = Date.now() / 1000 - 3600;
    for (const name of await readdir(directory)) await utimes(`${directory}/${name}`, old, old);
    while (count() < 40);
    expect((await readdir(directory)).length).toBeLessThan(30);
    expect(store.read()).toEqual({ count: 40 });
  });

  test('is whole after any writer was killed', async () => {
    const directory = await scratchDirectory('store');
    const store = new Store<{ text: string }>(directory);
    store.create(() => ({ text: 'first' }));
    const module = pathToFileURL(`${await builtProgram()}/practice/store.js`).href;
    const writer = `
      import { Store } from ${JSON.stringify(module)};
      const store = new Store(${JSON.stringify(directory)});
      for (let n = 0; ; n += 1) store.update((value) => { value.text = String(n).repeat(100_000); });`;
    for (const lifetime of [150, 170, 190]) {
      const { isTerminated } = await execa(process.execPath, ['--input-type=module', '--eval', writer], {
        timeout: lifetime,
        killSignal: 'SIGKILL',
        reject: false,
      });
      expect(isTerminated).toBe(true);
      store.update((value) => {
        value.text = value.text.slice(0, 1);
      });
      expect(store.read().text).toHaveLength(1);
    }
  });
});
