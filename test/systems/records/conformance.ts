import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { formats } from '../../../src/contracts/format.ts';
import type { Records } from '../../../src/systems/records/records.ts';

export interface RecordsUnderTest {
  /** The store, as another worker would open it too. */
  open(): Records;
  /** How a process of its own opens it: a built module, its export, the one argument. */
  readonly elsewhere: readonly [module: string, factory: string, argument: string];
}

const writerScript = fileURLToPath(new URL('writer.mjs', import.meta.url));

/** What every implementation of Records promises. `make` gives a new, empty store. */
export function describeRecords(kind: string, make: () => Promise<RecordsUnderTest>): void {
  describe(`records in ${kind}`, () => {
    let store: RecordsUnderTest;
    let records: Records;
    const writers: ChildProcess[] = [];

    beforeEach(async () => {
      store = await make();
      records = store.open();
    });

    afterEach(async () => {
      await Promise.all(writers.splice(0).map(kill));
    });

    /** Resolves when it has written for the first time. */
    async function startWriter(operation: string, name: string, size: number): Promise<ChildProcess> {
      const args = [writerScript, ...store.elsewhere, operation, name, String(size)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      writers.push(child);
      await Promise.race([
        once(child.stdout, 'data'),
        once(child, 'exit').then(([code]) => {
          throw new Error(`the writer ended with ${String(code)}`);
        }),
      ]);
      return child;
    }

    test('a document of a newer release is neither read nor replaced', async () => {
      const newer = { format: formats.record + 1, a: 1 };
      await records.put('op-1', 'plan', newer);
      const refused = { type: 'NewerFormat', message: expect.stringContaining('written by a newer stackhand') };
      await expect(records.get('op-1', 'plan')).rejects.toMatchObject(refused);
      await expect(store.open().put('op-1', 'plan', { a: 2 })).rejects.toMatchObject(refused);
      expect(await records.create('op-1', 'plan', { a: 2 })).toBe(false);
      await expect(records.get('op-1', 'plan')).rejects.toMatchObject(refused);
    });

    test('a document is read back as JSON has it, also by another worker', async () => {
      const value = { list: [1, 'zwei', null, { deep: true }], text: 'ünïcode \u0000 "\\\n', gone: undefined };
      await records.put('op-1', 'plan', value);
      const { gone: _, ...kept } = value;
      expect(await records.get('op-1', 'plan')).toEqual(kept);
      expect(await store.open().get('op-1', 'plan')).toEqual(kept);
      for (const simple of [null, 0, '', false, []]) {
        await records.put('op-1', 'simple', simple);
        expect(await records.get('op-1', 'simple')).toEqual(simple);
      }
    });

    test('of several that create a document one succeeds, and what is there stays', async () => {
      const made = await Promise.all([1, 2, 3, 4, 5].map((value) => store.open().create('op-1', 'turn', { value })));
      expect(made.filter(Boolean)).toHaveLength(1);
      expect(await records.get('op-1', 'turn')).toEqual({ value: made.indexOf(true) + 1 });
      expect(await records.create('op-1', 'turn', 'other')).toBe(false);
      expect(await records.names('op-1')).toEqual(['turn']);
      await records.forget('op-1', 'turn');
      await records.forget('op-1', 'turn');
      await records.forget('op-2', 'turn');
      expect(await records.create('op-1', 'turn', 'other')).toBe(true);
      expect(await records.get('op-1', 'turn')).toBe('other');
    });

    test('what is unknown is undefined or empty, not an error', async () => {
      expect(await records.get('op-1', 'plan')).toBeUndefined();
      expect(await records.names('op-1')).toEqual([]);
      expect(await records.list()).toEqual([]);
      await records.remove('op-1');
      await records.put('op-1', 'plan', 1);
      expect(await records.get('op-1', 'report')).toBeUndefined();
      expect(await records.get('op-2', 'plan')).toBeUndefined();
    });

    test('the same again changes nothing, another value takes its place', async () => {
      await records.put('op-1', 'plan', { page: 1 });
      await records.put('op-1', 'plan', { page: 1 });
      expect(await records.get('op-1', 'plan')).toEqual({ page: 1 });
      await records.put('op-1', 'plan', { other: 'x'.repeat(100) });
      await records.put('op-1', 'plan', { page: 2 });
      expect(await records.get('op-1', 'plan')).toEqual({ page: 2 });
      expect(await records.names('op-1')).toEqual(['plan']);
    });

    test('operations and their documents are listed in order', async () => {
      for (const operation of ['op-b', 'op-a', 'op-c']) await records.put(operation, 'plan', operation);
      for (const name of ['report', 'plan-0002', 'plan-0001']) await records.put('op-a', name, name);
      expect(await records.list()).toEqual(['op-a', 'op-b', 'op-c']);
      expect(await records.names('op-a')).toEqual(['plan', 'plan-0001', 'plan-0002', 'report']);
    });

    test('a removed operation is gone, the others stay, and it may come back', async () => {
      await records.put('op-1', 'plan', 1);
      await records.put('op-2', 'plan', 2);
      await records.remove('op-1');
      await records.remove('op-1');
      expect(await records.list()).toEqual(['op-2']);
      expect(await records.get('op-1', 'plan')).toBeUndefined();
      await records.put('op-1', 'plan', 3);
      expect(await records.get('op-1', 'plan')).toBe(3);
    });

    test.each([
      '',
      '.',
      '..',
      '../op',
      '/etc',
      'a/b',
      'a\\b',
      '.hidden',
      '-x',
      'a b',
      'a\0b',
      'a\n',
      'é',
      'x'.repeat(129),
    ])('%j is neither an operation id nor a name', async (name) => {
      const refused = expect.objectContaining({ name: 'Fault', type: 'InvalidInput' });
      await expect(records.put(name, 'plan', 1)).rejects.toThrow(refused);
      await expect(records.put('op-1', name, 1)).rejects.toThrow(refused);
      await expect(records.get(name, 'plan')).rejects.toThrow(refused);
      await expect(records.get('op-1', name)).rejects.toThrow(refused);
      await expect(records.names(name)).rejects.toThrow(refused);
      await expect(records.remove(name)).rejects.toThrow(refused);
      expect(await records.list()).toEqual([]);
    });

    test('names that a language or a file system treats specially are names like others', async () => {
      for (const name of ['constructor', 'CON', 'x'.repeat(128), 'a..b', 'plan.json', '0']) {
        await records.put(name, name, name);
        expect(await records.get(name, name)).toBe(name);
        expect(await records.names(name)).toEqual([name]);
      }
    });

    test('what JSON can not hold is refused, and leaves the former document', async () => {
      await records.put('op-1', 'plan', 1);
      for (const value of [undefined, () => 1, Symbol('x')])
        await expect(records.put('op-1', 'plan', value)).rejects.toThrow(/can't be kept as JSON/);
      expect(await records.get('op-1', 'plan')).toBe(1);
    });

    test('a document of 10 MB', async () => {
      const value = Array.from({ length: 100_000 }, (_, index) => ({ id: index, name: 'server'.repeat(12) }));
      expect(JSON.stringify(value).length).toBeGreaterThan(9e6);
      await records.put('op-1', 'plan', value);
      expect(await store.open().get('op-1', 'plan')).toEqual(value);
    });

    test('of many writers one wins, and whoever reads gets a whole document', async () => {
      await records.put('op-1', 'plan', document('first', 1000));
      await Promise.all([startWriter('op-1', 'plan', 200_000), startWriter('op-1', 'plan', 100)]);
      const own = Array.from({ length: 20 }, (_, index) => records.put('op-1', 'plan', document(`w${index}`, 50_000)));
      const others = Array.from({ length: 20 }, (_, index) => store.open().put(`other-${index}`, 'report', index));
      for (let round = 0; round < 50; round += 1) expectWhole(await records.get('op-1', 'plan'));
      await Promise.all([...own, ...others]);
      expectWhole(await records.get('op-1', 'plan'));
      expect(await records.names('op-1')).toEqual(['plan']);
      expect(await records.list()).toHaveLength(21);
    });

    test('an operation that is removed while it is written to is there whole or not at all', async () => {
      await startWriter('op-1', 'plan', 20_000);
      for (let round = 0; round < 30; round += 1) {
        await records.remove('op-1');
        const found = await records.get('op-1', 'plan');
        if (found !== undefined) expectWhole(found);
      }
      await records.put('op-1', 'plan', document('last', 10));
      expectWhole(await records.get('op-1', 'plan'));
    });

    test('operations that are removed at the same time are all gone', async () => {
      const operations = Array.from({ length: 30 }, (_, index) => `op-${index}`);
      await Promise.all(operations.map((operation) => records.put(operation, 'plan', operation)));
      await records.put('kept', 'plan', 1);
      await Promise.all([...operations, ...operations].map((operation) => store.open().remove(operation)));
      expect(await records.list()).toEqual(['kept']);
    });

    test('a writer that is killed leaves the former document or its own, never a half one', async () => {
      const seen = new Set<string>();
      for (let round = 0; round < 12; round += 1) {
        const writer = await startWriter('op-1', 'plan', 4_000_000);
        const until = Date.now() + 5 + round * 9;
        while (Date.now() < until) expectWhole(await records.get('op-1', 'plan'));
        await kill(writer);
        const left = await records.get('op-1', 'plan');
        expectWhole(left);
        seen.add(left.writer);
        expect(await records.names('op-1')).toEqual(['plan']);
      }
      // Every writer got at least one document in before it was killed.
      expect(seen.size).toBe(12);
    });
  });
}

interface Written {
  readonly writer: string;
  readonly filler: string;
  readonly again: string;
}

const document = (writer: string, size: number): Written => ({ writer, filler: 'x'.repeat(size), again: writer });

function expectWhole(found: unknown): asserts found is Written {
  const { writer, filler, again } = found as Written;
  expect(again).toBe(writer);
  expect(filler).toMatch(/^x+$/);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
