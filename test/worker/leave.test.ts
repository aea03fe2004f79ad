import { describe, expect, test } from '@jest/globals';
import { untilItMayLeave } from '../../src/worker/leave.ts';
import type { Leaving } from '../../src/worker/leave.ts';

/** A build as Temporal would tell of it: what is pinned, and which workers of it serve. */
class Told {
  readonly name = 'build one of stackhand';
  pinnedOnes: { workflowId: string; type: string }[] = [{ workflowId: 'vm-backup/kvm1/web01/1', type: 'vmBackup' }];
  readonly staying = new Set(['self']);
  #clock = 0;
  readonly #seen = new Map<string, number>();
  failure: Error | undefined;

  async pinned(): Promise<{ workflowId: string; type: string }[]> {
    if (this.failure !== undefined) throw this.failure;
    return Promise.resolve(this.pinnedOnes);
  }

  serving(): Promise<Set<string>> {
    return Promise.resolve(new Set([...this.#seen.keys()]));
  }

  /** Those that stay are seen anew each time; Temporal remembers the others for a while. */
  present(): Promise<Map<string, number>> {
    this.#clock += 1;
    for (const each of this.staying) this.#seen.set(each, this.#clock);
    return Promise.resolve(new Map(this.#seen));
  }
}

interface Leave {
  readonly said: string[];
  readonly left: Promise<void>;
  gone: boolean;
  readonly now: AbortController;
}

function leave(build: Told, options: Partial<Leaving> = {}): Leave {
  const now = new AbortController();
  const said: string[] = [];
  const queues = [{ queue: 'stackhand' }];
  const say = (line: string): void => void said.push(line);
  const { identity = 'self' } = options;
  const endPresence = (): Promise<void> => {
    build.staying.delete(identity);
    return Promise.resolve();
  };
  const left = untilItMayLeave({ build, identity, endPresence, queues, say, now: now.signal, every: 5, ...options });
  const leaving: Leave = { said, left, gone: false, now };
  void left.then(() => (leaving.gone = true));
  return leaving;
}

const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

describe('a worker that is to stop', () => {
  test('goes without a word where nothing is pinned to its build', async () => {
    const build = new Told();
    build.pinnedOnes = [];
    const { left, said } = leave(build);
    await left;
    expect(said).toEqual([]);
  });

  test('goes where another of its build stays', async () => {
    const build = new Told();
    build.staying.add('other');
    const { left, said } = leave(build);
    await left;
    expect(said).toEqual([]);
  });

  test('says once which operations need it, and goes when they have ended', async () => {
    const build = new Told();
    const leaving = leave(build);
    await aWhile();
    expect(leaving.gone).toBe(false);
    expect(leaving.said).toEqual([expect.stringContaining('vm-backup/kvm1/web01/1')]);
    build.pinnedOnes = [];
    await leaving.left;
    expect(leaving.said).toHaveLength(1);
  });

  test('goes when another of its build has come', async () => {
    const build = new Told();
    const leaving = leave(build);
    await aWhile();
    build.staying.add('other');
    await leaving.left;
  });

  test('goes at once when it is told again', async () => {
    const leaving = leave(new Told());
    await aWhile();
    leaving.now.abort();
    await leaving.left;
  });

  test('goes at once when it is told again, also where Temporal gives no answer', async () => {
    const build = new Told();
    build.pinned = () => new Promise(() => undefined);
    const leaving = leave(build);
    await aWhile();
    leaving.now.abort();
    await leaving.left;
  });

  test('of two that go at once, one stays', async () => {
    const build = new Told();
    build.staying.add('other');
    const both = [leave(build), leave(build, { identity: 'other' })];
    await aWhile();
    expect(both.filter(({ gone }) => gone)).toHaveLength(0);
    build.pinnedOnes = [];
    await Promise.all(both.map(({ left }) => left));
  });

  test('stays, and says why, while Temporal can’t tell', async () => {
    const build = new Told();
    build.failure = new Error('no answer');
    const leaving = leave(build);
    await aWhile();
    expect(leaving.gone).toBe(false);
    expect(leaving.said).toEqual([expect.stringContaining('no answer')]);
    build.failure = undefined;
    build.pinnedOnes = [];
    await leaving.left;
  });

  test('is needed on its machine’s own queue by uploads of its files alone', async () => {
    const build = new Told();
    await leave(build, { queues: [{ queue: 'files', types: ['imageUpload'] }] }).left;
    build.pinnedOnes = [{ workflowId: 'image-upload/cloud/debian/1', type: 'imageUpload' }];
    const leaving = leave(build, { queues: [{ queue: 'files', types: ['imageUpload'] }] });
    await aWhile();
    expect(leaving.gone).toBe(false);
    leaving.now.abort();
    await leaving.left;
  });
});
