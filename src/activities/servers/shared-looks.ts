import { setTimeout as sleep } from 'node:timers/promises';

interface Look<T> {
  readonly begunAt: number;
  readonly found: Promise<T>;
}

/** Milliseconds between two looks at one thing; one that takes long is asked for as rarely again. */
const interval = 700;

/**
 * Looks that are shared by all who wait for something of the same kind (the servers of a host, say): however many wait,
 * the cloud is asked about once a second at most.
 */
export class SharedLooks<T> {
  readonly #look: (key: string) => Promise<T>;
  readonly #last = new Map<string, Look<T>>();
  readonly #took = new Map<string, number>();

  constructor(look: (key: string) => Promise<T>) {
    this.#look = look;
  }

  /**
   * What a look shows that was begun at `since` or later.
   * @throws what the look throws
   */
  async of(key: string, since: number): Promise<T> {
    for (;;) {
      const last = this.#last.get(key);
      if (last !== undefined && last.begunAt >= since) return last.found;
      if (last !== undefined) {
        await last.found.catch(() => undefined);
        const wait = last.begunAt + Math.max(interval, 2 * (this.#took.get(key) ?? 0)) - Date.now();
        if (wait > 0) await sleep(wait);
      }
      // Another who waited may have begun one meanwhile.
      if (this.#last.get(key) === last) this.#begin(key);
    }
  }

  #begin(key: string): void {
    const begunAt = Date.now();
    const found = this.#look(key).finally(() => this.#took.set(key, Date.now() - begunAt));
    // Those who wait hear of it, and nobody may be waiting any more. Who asks again begins another.
    found.catch(() => {
      if (this.#last.get(key)?.found === found) this.#last.delete(key);
    });
    this.#last.set(key, { begunAt, found });
  }
}
