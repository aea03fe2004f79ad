import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds that a version stays after a newer one came, and that a writer may take from reading to writing. */
const keptFor = 60_000;
const patience = 20_000;

/**
 * One JSON document shared by processes that may be killed at any instant: the site, and every stand-in that runs.
 * Each version is a file of its own, complete before it gets its name, and of two writers only one gets the next
 * number; the other reads again and repeats its change. So there is no lock that a killed process could leave behind.
 * A number must not become free again while somebody may still write over the version below it: so old versions stay
 * for longer than any writer takes.
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
      const readAt = Date.now();
      const { version, value } = this.#latest();
      const before = JSON.stringify(value);
      const result = change(value);
      if (JSON.stringify(value) === before) return result;
      if (Date.now() - readAt < patience && this.#commit(version + 1, value)) {
        this.#prune();
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
        // Pruned between the listing and the reading, by a writer that was faster.
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

  #prune(): void {
    // The oldest suffice: each change adds one.
    for (const version of this.#versions().slice(0, -1).slice(0, 4)) {
      const { mtimeMs = Infinity } = statSync(this.#file(version), { throwIfNoEntry: false }) ?? {};
      if (mtimeMs < Date.now() - keptFor) rmSync(this.#file(version), { force: true });
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
