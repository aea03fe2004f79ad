/** A worker that asked for work of a queue within the last minute. */
export interface Poller {
  readonly identity: string;
  /** Milliseconds since the epoch. */
  readonly lastSeen: number;
}

/** A poll lasts a minute at most, so who asked longer ago than this is gone. */
const staleAfter = 75_000;

/** As Temporal tells of one. */
interface Told {
  readonly identity?: string | null;
  readonly lastAccessTime?: { readonly seconds?: unknown } | null;
}

/** Temporal remembers pollers for five minutes; those that stopped asking are left out. */
export const servingPollers = (told: readonly Told[] | null | undefined, now: number): Poller[] =>
  (told ?? [])
    .map(({ identity, lastAccessTime }) => ({
      identity: identity ?? 'unknown',
      lastSeen: Number(lastAccessTime?.seconds ?? 0) * 1000,
    }))
    .filter(({ lastSeen }) => now - lastSeen < staleAfter);
