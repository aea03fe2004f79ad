/** So many calls at once; the others wait in the order they came. How many may change while they wait. */
export class CallLimit {
  /** Told of each call before it waits. */
  wanted: () => void = () => {};
  readonly #waiting: (() => void)[] = [];
  #most: number;
  #running = 0;
  #peak = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get running(): number {
    return this.#running;
  }

  get idle(): boolean {
    return this.#running + this.#waiting.length === 0;
  }

  /** Calls under way and waiting, at most at one time since this was last asked. */
  takePeak(): number {
    const peak = this.#peak;
    this.#peak = this.#running + this.#waiting.length;
    return peak;
  }

  /** Fewer than are under way: none is broken off, and none begins until there is room. */
  allow(most: number): void {
    this.#most = most;
    while (this.#running < this.#most) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running += 1;
      next();
    }
  }

  async run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    this.#peak = Math.max(this.#peak, this.#running + this.#waiting.length + 1);
    this.wanted();
    if (this.#running >= this.#most) await this.#turn(signal);
    else this.#running += 1;
    try {
      signal?.throwIfAborted();
      return await call();
    } finally {
      this.#running -= 1;
      this.allow(this.#most);
    }
  }

  /** Whoever is cancelled meanwhile leaves the queue. */
  async #turn(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal?.reason as Error);
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
    });
  }
}
