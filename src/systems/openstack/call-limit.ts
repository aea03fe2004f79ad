/** So many calls at once; the others wait in the order they came. */
export class CallLimit {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running >= this.#most) await new Promise<void>((enter) => this.#waiting.push(enter));
    else this.#running += 1;
    try {
      signal?.throwIfAborted();
      return await call();
    } finally {
      // Its place goes to the next, or is free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
