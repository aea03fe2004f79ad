/** A page of a plan, of which names and hosts are known: each server by its place in the page. */
export interface BatchSource {
  readonly page: number;
  readonly servers: readonly { readonly name: string; readonly host: string }[];
}

/** Neighbours of one page and one host. */
export interface Batch {
  readonly page: number;
  readonly from: number;
  readonly names: readonly string[];
  readonly host: string;
}

/** Activities that one history bears: three events each, and a workflow task. */
const mostBatches = 1000;

/**
 * How many servers one activity takes: a quarter of what may be in work, so that a slow server holds up few, and no more
 * than `together`; so few batches that the history stays small; and never more than a host may have in work.
 */
export function batchSize(servers: number, parallel: number, perHost: number, together = 25): number {
  const least = Math.ceil(servers / mostBatches);
  const wished = Math.min(together, Math.max(1, Math.floor(parallel / 4)));
  return Math.max(1, Math.min(perHost, parallel, Math.max(least, wished)));
}

/** The batches of a plan, in its order; the canary's servers are the first ones, in batches of their own. */
export function batchesOf(pages: readonly BatchSource[], size: number, canary = 0): Batch[] {
  const batches: Batch[] = [];
  let placed = 0;
  for (const { page, servers } of pages) {
    let from = 0;
    while (from < servers.length) {
      const host = servers[from]?.host ?? '';
      // A batch ends where the canary does.
      const most = placed < canary ? Math.min(size, canary - placed) : size;
      let to = from + 1;
      while (to < servers.length && to - from < most && servers[to]?.host === host) to += 1;
      batches.push({ page, from, host, names: servers.slice(from, to).map(({ name }) => name) });
      placed += to - from;
      from = to;
    }
  }
  return batches;
}

/** The first servers of a batch, as many as there is room for, and the rest of it. */
export function splitBatch(batch: Batch, room: number): [Batch, Batch?] {
  if (batch.names.length <= room) return [batch];
  const rest = { ...batch, from: batch.from + room, names: batch.names.slice(room) };
  return [{ ...batch, names: batch.names.slice(0, room) }, rest];
}

/** Failures after which nothing more is begun; undefined without a limit. A percentage is of all that is planned. */
export function failureLimit(said: string | undefined, servers: number): number | undefined {
  if (said === undefined) return undefined;
  const number = Number.parseInt(said, 10);
  return said.endsWith('%') ? Math.floor((servers * number) / 100) : number;
}

/** The key in the records of a later round of an operation; the first is the operation itself. */
export const roundOf = (operation: string, round: number): string =>
  round === 1 ? operation : `${operation}-round-${String(round)}`;

/** Whether that key is of an operation itself, not of a later round. */
export const isFirstRound = (key: string): boolean => !/-round-\d+$/.test(key);
