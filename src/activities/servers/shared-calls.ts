import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isFault } from '../../contracts/faults.ts';
import { fairShares } from '../../domain/fair-shares.ts';
import type { CallLimit } from '../../systems/openstack/index.ts';
import type { Records } from '../../systems/records/records.ts';
import { isGone, processIdentity, thisProcess } from '../shared/this-process.ts';

/** What each worker says of itself, in a document of its own that it renews with each beat. */
const claimSchema = z.object({
  /** Calls that it may have under way. */
  holds: z.int().min(0),
  /** As many as it could use. */
  wants: z.int().min(0),
  beat: z.int(),
  process: processIdentity,
});
type Claim = z.output<typeof claimSchema>;

export interface SharedCallsTiming {
  /** Milliseconds between two looks at what others claim. */
  readonly beat: number;
  /** A claim that nobody renewed for so long is nobody's any more. */
  readonly goneAfter: number;
  /** Nothing is claimed after so long without a call. */
  readonly idleAfter: number;
  /** Who got none for so long takes one all the same: more workers than calls starve nobody. */
  readonly patience: number;
}

const usual: SharedCallsTiming = { beat: 1000, goneAfter: 6000, idleAfter: 10_000, patience: 10_000 };

/**
 * Keeps the calls that all workers together make to a cloud below one limit. Each worker claims a part of it in the
 * records, fair by what they want. It raises its claim only where those of all leave room: it writes, reads the others',
 * and takes back what is too much, so that of two who do so at once one at least sees the other. It lowers its claim only
 * once so few calls are under way. Without records, and where there are more workers than calls, each makes one at a
 * time.
 */
export class SharedCalls {
  readonly #records: Records;
  readonly #place: string;
  readonly #id = randomUUID();
  readonly #total: number;
  readonly #limit: CallLimit;
  readonly #timing: SharedCallsTiming;
  readonly #seen = new Map<string, { readonly beat: number; readonly at: number }>();
  #beats = 0;
  #holds = 0;
  #lastWanted = 0;
  #lastBeat = 0;
  #shortSince: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;
  #missedTick = false;

  /** `cloud` is what the cloud is, by whichever name: who shares its limit. The limit allows none until it is claimed. */
  constructor(records: Records, cloud: string, total: number, limit: CallLimit, timing = usual) {
    this.#records = records;
    this.#place = `calls-${createHash('sha256').update(cloud).digest('hex').slice(0, 12)}`;
    this.#total = total;
    this.#limit = limit;
    this.#timing = timing;
    limit.allow(0);
    limit.wanted = () => this.#wanted();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#limit.wanted = () => {};
    await this.#beating;
    if (this.#timer !== undefined) await this.#records.forget(this.#place, this.#id).catch(() => undefined);
    this.#timer = undefined;
  }

  #wanted(): void {
    this.#lastWanted = performance.now();
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#tick(), this.#timing.beat).unref();
    this.#lastBeat = performance.now();
    this.#tick();
  }

  #tick(): void {
    const now = performance.now();
    // The others take this worker for gone, whatever kept it.
    if (now - this.#lastBeat > this.#timing.goneAfter) this.#lose();
    if (this.#beating !== undefined) {
      this.#missedTick = true;
      return;
    }
    this.#beating = this.#beat(now)
      .catch(() => {
        if (this.#holds === 0) this.#lose();
      })
      .finally(() => {
        this.#beating = undefined;
        if (!this.#missedTick) return;
        this.#missedTick = false;
        if (this.#timer !== undefined) this.#tick();
      });
  }

  /** One call at a time goes on in any case: a worker that can't claim must still be able to put back what it holds. */
  #lose(): void {
    this.#holds = 0;
    this.#limit.allow(1);
  }

  async #beat(now: number): Promise<void> {
    if (this.#limit.idle && now - this.#lastWanted > this.#timing.idleAfter) return this.#rest();
    const wants = Math.max(1, Math.min(this.#total, this.#limit.takePeak()));
    const others = await this.#others(now);
    const share = this.#shareBeside(others, wants);
    const before = this.#holds;
    if (share < before) this.#limit.allow(share);
    let holds = share > before ? this.#within(others, before, share) : Math.max(share, this.#limit.running);
    await this.#claim(holds, wants);
    if (holds > before) {
      const most = this.#within(await this.#others(now), before, holds);
      if (most < holds) await this.#claim(most, wants);
      holds = most;
    }
    const ended = performance.now();
    if (ended - now > this.#timing.goneAfter) return;
    this.#lastBeat = ended;
    this.#holds = holds;
    this.#shortSince = holds === 0 ? (this.#shortSince ?? now) : undefined;
    const starved = this.#shortSince !== undefined && now - this.#shortSince >= this.#timing.patience;
    this.#limit.allow(starved ? 1 : Math.min(share, holds));
  }

  #shareBeside(others: readonly (Claim & { readonly id: string })[], wants: number): number {
    if (others.length === 0) return this.#total;
    // All divide alike, so all must count in the same order.
    const all = [...others, { id: this.#id, wants }].sort((one, other) => (one.id < other.id ? -1 : 1));
    const wanted = all.map((each) => each.wants);
    return fairShares(this.#total, wanted)[all.findIndex(({ id }) => id === this.#id)] ?? 0;
  }

  /** As much of `share` as the others leave, and what is held already in any case. */
  #within(others: readonly Claim[], held: number, share: number): number {
    const room = this.#total - others.reduce((sum, { holds }) => sum + holds, 0);
    return Math.max(held, Math.min(share, room));
  }

  async #claim(holds: number, wants: number): Promise<void> {
    this.#beats += 1;
    const claim: Claim = { holds, wants, beat: this.#beats, process: thisProcess };
    await this.#records.put(this.#place, this.#id, claim);
  }

  async #others(now: number): Promise<(Claim & { readonly id: string })[]> {
    const found = [];
    for (const id of await this.#records.names(this.#place)) {
      if (id === this.#id) continue;
      const claim = await this.#claimOf(id);
      if (claim === undefined) continue;
      const seen = this.#seen.get(id);
      if (seen?.beat !== claim.beat) this.#seen.set(id, { beat: claim.beat, at: now });
      const silent = seen?.beat === claim.beat && now - seen.at > this.#timing.goneAfter;
      // Of one that was killed the cloud may still be at work on its last calls: few, and not for long.
      if (!silent && !isGone(claim.process)) found.push({ ...claim, id });
      else {
        await this.#records.forget(this.#place, id);
        this.#seen.delete(id);
      }
    }
    return found;
  }

  /**
   * Undefined for one that was forgotten meanwhile, that is damaged, which whoever it is of makes good with his next beat,
   * or of a release with other claims, which can't be shared with.
   */
  async #claimOf(id: string): Promise<Claim | undefined> {
    try {
      return claimSchema.safeParse(await this.#records.get(this.#place, id)).data;
    } catch (error) {
      if (isFault(error) && error.type === 'RecordDamaged') return undefined;
      throw error;
    }
  }

  async #rest(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#holds = 0;
    this.#limit.allow(0);
    await this.#records.forget(this.#place, this.#id);
  }
}
