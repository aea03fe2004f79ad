import { formatBytes, formatDuration, formatRate } from '../../domain/format.ts';

/** How far something is: "41 %  17 GiB of 41 GiB  182 MiB/s  2 min 12 s left". */
export function measure(done: number, total: number, rate: number | undefined): string {
  const [amount, pace] = counted(total)
    ? [`${String(done)} of ${String(total)}`, rate === undefined ? '' : `${rate.toFixed(1)} a second`]
    : [`${formatBytes(done)} of ${formatBytes(total)}`, rate === undefined ? '' : formatRate(rate)];
  const left = rate === undefined || rate <= 0 || total <= done ? '' : left0(((total - done) / rate) * 1000);
  return [`${percent(done, total)} %`, amount, pace, left].filter((part) => part !== '').join('  ');
}

const left0 = (milliseconds: number): string =>
  milliseconds < 1000 ? 'almost done' : `${formatDuration(milliseconds)} left`;

/** Never 100 before the end: a person goes home at 100. */
export function percent(done: number, total: number): number {
  if (total <= 0) return done > 0 ? 100 : 0;
  return done >= total ? 100 : Math.min(99, Math.floor((done / total) * 100));
}

/** "17 GiB", or "12" of pieces. */
export const amountOf = (total: number): string => (counted(total) ? String(total) : formatBytes(total));

/** The ledger has one measure for bytes and pieces. Nothing worth a bar is smaller than a page of memory. */
const counted = (total: number): boolean => total < 4096;

export function bar(done: number, total: number, columns: number, unicode: boolean): string {
  const full = total <= 0 ? 0 : Math.round(Math.min(1, done / total) * columns);
  const [on, off] = unicode ? ['█', '░'] : ['#', '.'];
  return on.repeat(full) + off.repeat(columns - full);
}

/** Units a second where a heartbeat doesn't say, from what was seen; smoothed, since heartbeats come in lumps. */
export class Rates {
  readonly #seen = new Map<string, { done: number; at: number; rate?: number }>();

  rate(key: string, done: number, now: number): number | undefined {
    const last = this.#seen.get(key);
    if (last === undefined || done < last.done) {
      this.#seen.set(key, { done, at: now });
      return undefined;
    }
    const seconds = (now - last.at) / 1000;
    if (done === last.done || seconds <= 0) {
      // Stalled is not slow: after a while nothing is promised any more.
      return seconds > 15 ? undefined : last.rate;
    }
    const fresh = (done - last.done) / seconds;
    const rate = last.rate === undefined ? fresh : last.rate * 0.7 + fresh * 0.3;
    this.#seen.set(key, { done, at: now, rate });
    return rate;
  }
}
