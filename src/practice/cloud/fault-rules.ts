import { z } from 'zod';

/** A way to fail, for the requests it matches: the first rule that still has times left. */
export const faultRule = z.strictObject({
  /** A regular expression over "METHOD /path?query". */
  match: z.string().default('.'),
  /** So many requests pass first. */
  after: z.number().int().min(0).default(0),
  times: z.number().int().min(1).optional(),
  /** Answered instead of the real answer; nothing happens. */
  status: z.number().int().min(400).max(599).optional(),
  retryAfter: z.number().min(0).optional(),
  /** The connection is dropped: before the effect, or after it. */
  drop: z.enum(['before', 'after']).optional(),
  /** Of a content: so many bytes are taken, then the connection is dropped. */
  cut: z.number().int().min(0).optional(),
  /** Of a content that was cut: the image is left like that, not `queued`. */
  leaves: z.enum(['saving', 'killed']).optional(),
  /** Of a content: so many bytes are taken in a second. */
  pace: z.number().int().min(1).optional(),
  /** Of a content: another is stored than was sent. */
  corrupt: z.boolean().optional(),
  /** Answered after so many milliseconds; the effect comes first. */
  delay: z.number().min(0).optional(),
  /** Only half of the answer is sent, without a length. */
  truncate: z.boolean().optional(),
  /** A body that is no JSON. */
  garbage: z.boolean().optional(),
});
export type FaultRule = z.output<typeof faultRule>;

interface Counting {
  readonly rule: FaultRule;
  readonly pattern: RegExp;
  seen: number;
  used: number;
}

export class FaultRules {
  #rules: Counting[] = [];

  set(rules: readonly FaultRule[]): void {
    this.#rules = rules.map((rule) => ({ rule, pattern: new RegExp(rule.match), seen: 0, used: 0 }));
  }

  /** How often each rule was used, in their order. */
  get used(): number[] {
    return this.#rules.map(({ used }) => used);
  }

  take(request: string): FaultRule | undefined {
    for (const counting of this.#rules) {
      const { rule, pattern } = counting;
      if (!pattern.test(request)) continue;
      counting.seen += 1;
      if (counting.seen <= rule.after || counting.used >= (rule.times ?? Infinity)) continue;
      counting.used += 1;
      return rule;
    }
    return undefined;
  }
}
