import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One JSON document shared by processes that may be killed at any instant: the site, and every stand-in that runs.
 * Each version is a file of its own, complete before it gets its name, and of two writers only one gets the next
 * number; the other reads again and repeats its change. So there is no lock that a killed process could leave behind.
 */
export class Store<T> {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the first version unless there is one. */
  create(first: () => T): void {
    mkdirSync(this.#directory, { recursive: true });
    if (this.#versions().length === 0) this.#commit(1, first());
  }

  read(): T {
    return this.#latest().value;
  }

  /** `change` edits the document in place; it must do nothing else, since it may run several times. */
  update<R>(change: (value: T) => R): R {
    for (;;) {
      const { version, value } = this.#latest();
      const before = JSON.stringify(value);
      const result = change(value);
      if (JSON.stringify(value) === before) return result;
      if (this.#commit(version + 1, value)) {
        this.#prune(version - 8);
        return result;
      }
    }
  }

  #latest(): { version: number; value: T } {
    for (;;) {
      const version = this.#versions().at(-1);
      if (version === undefined) throw new Error(`there is no practice site in ${this.#directory}`);
      try {
        return { version, value: JSON.parse(readFileSync(this.#file(version), 'utf8')) as T };
      } catch (error) {
        // Pruned between the listing and the reading, by writers that were faster.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  #commit(version: number, value: T): boolean {
    const draft = join(this.#directory, `.${process.pid}.${randomUUID()}`);
    writeFileSync(draft, JSON.stringify(value));
    try {
      linkSync(draft, this.#file(version));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(draft);
    }
  }

  #prune(upTo: number): void {
    for (const version of this.#versions()) {
      if (version <= upTo) rmSync(this.#file(version), { force: true });
    }
  }

  #versions(): number[] {
    if (!existsSync(this.#directory)) return [];
    return readdirSync(this.#directory)
      .filter((name) => /^\d+\.json$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
  }

  #file(version: number): string {
    return join(this.#directory, `${version}.json`);
  }
}
