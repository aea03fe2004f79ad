import type { RunOptions } from './host.ts';

/** A place for one command on one connection. */
export interface Slot {
  /** The number of the connection. */
  readonly lane: number;
  /** The command has ended. Idempotent. True when its lane is now empty. */
  release(): boolean;
  /** The server would not open one more session: expect that of it from now on. */
  refused(): void;
}

/** Whose output is taken as it comes: such a command may last for hours. */
export const isStream = ({ onLine, output }: RunOptions): boolean => onLine !== undefined || output !== undefined;

interface Lane {
  streams: number;
  others: number;
}

/**
 * Which connection a command goes through, below sshd's MaxSessions (10 by default) on each.
 *
 * Short commands share connection 0 and queue there. Streams (isStream) may last for hours and must
 * never keep a short command waiting (a guard's renewal is one): they take at most half of connection 0 and then
 * connections of their own, and never queue.
 */
export class Lanes {
  #limit: number;
  readonly #lanes: Lane[] = [{ streams: 0, others: 0 }];
  readonly #waiting: (() => void)[] = [];

  constructor(limit = 8) {
    this.#limit = limit;
  }

  async acquire(stream: boolean, signal?: AbortSignal): Promise<Slot> {
    signal?.throwIfAborted();
    if (stream) return this.#take(this.#laneForStream(), 'streams');
    if (this.#inUse(0) < this.#limit) return this.#take(0, 'others');
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is the caller's own
        reject(signal?.reason);
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      this.#waiting.push(enter);
      signal?.addEventListener('abort', abort, { once: true });
    });
    // the place was kept by #pump, which has counted it already
    return this.#slot(0, 'others');
  }

  #take(lane: number, kind: keyof Lane): Slot {
    this.#at(lane)[kind]++;
    return this.#slot(lane, kind);
  }

  #slot(lane: number, kind: keyof Lane): Slot {
    let held = true;
    return {
      lane,
      release: () => {
        if (held) this.#at(lane)[kind]--;
        held = false;
        this.#pump();
        return this.#inUse(lane) === 0;
      },
      refused: () => {
        this.#limit = Math.max(1, Math.min(this.#limit, this.#inUse(lane) - 1));
      },
    };
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#inUse(0) < this.#limit) {
      this.#at(0).others++;
      this.#waiting.shift()?.();
    }
  }

  #laneForStream(): number {
    if (this.#at(0).streams < Math.floor(this.#limit / 2) && this.#inUse(0) < this.#limit) return 0;
    let lane = 1;
    while (this.#inUse(lane) >= this.#limit) lane++;
    return lane;
  }

  #inUse(lane: number): number {
    const { streams, others } = this.#at(lane);
    return streams + others;
  }

  #at(lane: number): Lane {
    return (this.#lanes[lane] ??= { streams: 0, others: 0 });
  }
}
