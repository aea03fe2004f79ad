import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AuditEntry, AuditHead, AuditLine, AuditVerdict } from '../../contracts/audit.ts';
import { Fault, isFault } from '../../contracts/faults.ts';
import type { Records } from '../../systems/records/records.ts';

const chunkName = (number: number): string => `audit-${String(number).padStart(6, '0')}`;
const isChunk = (name: string): boolean => /^audit-\d{6}$/.test(name);

interface Chunk {
  /** Who wrote it: a retry finds its own. */
  readonly key: string;
  readonly lines: readonly AuditLine[];
}

const chunk = z.object({
  key: z.string(),
  lines: z.array(z.looseObject({ number: z.int(), previous: z.string(), sha256: z.string() })),
});

/** What is known of a trail's end, so that it is not read again for each line. */
interface End {
  chunks: number;
  readonly keys: Set<string>;
  last: AuditLine | undefined;
  /** One at a time reads on and adds. */
  turn: Promise<void>;
}

/** Trails whose end is remembered. */
const remembered = 200;

/** Of one trail; where every line is wrong, the first ones say what there is to say. */
const mostProblems = 10;

/**
 * Audit trails in the records: chunks of lines with numbers, each made once. Whoever comes second with a number goes on
 * behind the first, so that the workflow and its activities may write beside one another.
 */
export class AuditTrail {
  readonly #records: Records;
  readonly #ends = new Map<string, End>();

  constructor(records: Records) {
    this.#records = records;
  }

  /**
   * Adds entries at the end. Key: `key`, within the operation; with one that is there already nothing is added.
   * @throws Fault RecordDamaged where the end can't be read; RecordsUnusable
   */
  async append(operation: string, key: string, entries: readonly AuditEntry[]): Promise<void> {
    await this.#atEnd(operation, (end) => this.#append(operation, key, entries, end));
  }

  /** One after the other, since both reading on and adding move the end. */
  async #atEnd<T>(operation: string, run: (end: End) => Promise<T>): Promise<T> {
    const fresh: End = { chunks: 0, keys: new Set(), last: undefined, turn: Promise.resolve() };
    const end = this.#ends.get(operation) ?? fresh;
    this.#ends.set(operation, end);
    if (this.#ends.size > remembered) this.#ends.delete(this.#ends.keys().next().value ?? '');
    const mine = end.turn.then(() => run(end));
    end.turn = mine.then(
      () => undefined,
      () => undefined,
    );
    return mine;
  }

  async #append(operation: string, key: string, entries: readonly AuditEntry[], end: End): Promise<void> {
    for (;;) {
      await this.#catchUp(operation, end);
      if (entries.length === 0 || end.keys.has(key)) return;
      const lines = chained(operation, entries, end.last);
      if (await this.#records.create(operation, chunkName(end.chunks + 1), { key, lines })) return;
    }
  }

  /** Of the last line; undefined where there is none. */
  async head(operation: string): Promise<AuditHead | undefined> {
    return this.#atEnd(operation, async (end) => {
      await this.#catchUp(operation, end);
      return end.last && { lines: end.last.number, sha256: end.last.sha256 };
    });
  }

  /** In their order. @throws Fault RecordDamaged */
  async lines(operation: string): Promise<readonly AuditLine[]> {
    const names = (await this.#records.names(operation)).filter(isChunk);
    const chunks = await Promise.all(names.map((name) => this.#chunk(operation, name)));
    return chunks.flatMap((each) => each?.lines ?? []);
  }

  /** Whether an operation has one, or its report says that there was one. */
  async hadOne(operation: string): Promise<boolean> {
    const names = await this.#records.names(operation);
    if (names.some(isChunk)) return true;
    if (!names.includes('report')) return false;
    try {
      return (await this.#report(operation))?.audit !== undefined;
    } catch (error) {
      // It can't be said that there was none: whoever verifies is told why.
      if (isFault(error) && error.type !== 'RecordsUnusable') return true;
      throw error;
    }
  }

  async #report(operation: string): Promise<{ readonly audit?: AuditHead } | undefined> {
    return (await this.#records.get(operation, 'report')) as { readonly audit?: AuditHead } | undefined;
  }

  /** Whether a trail is whole: each line unchanged, in its place, none missing, and none cut off at the end. */
  async verify(operation: string): Promise<AuditVerdict> {
    const problems: string[] = [];
    const names = (await this.#records.names(operation)).filter(isChunk);
    const lines: AuditLine[] = [];
    for (const name of names) {
      try {
        lines.push(...((await this.#chunk(operation, name))?.lines ?? []));
      } catch (error) {
        if (!isFault(error)) throw error;
        problems.push(error.message);
      }
    }
    let previous: AuditLine | undefined;
    for (const line of lines) {
      const expected = (previous?.number ?? 0) + 1;
      if (line.operation !== operation) problems.push(`line ${String(line.number)} is of operation ${line.operation}`);
      if (line.number !== expected)
        problems.push(`line ${String(expected)} is missing: ${String(line.number)} stands in its place`);
      else if (line.previous !== (previous?.sha256 ?? ''))
        problems.push(`line ${String(line.number)} does not follow the one before it: one of them was changed`);
      if (line.sha256 !== digest(line)) problems.push(`line ${String(line.number)} was changed`);
      previous = line;
    }
    const report = await this.#report(operation).catch((error: unknown) => {
      if (!isFault(error)) throw error;
      problems.push(`it can't be held against its report: ${error.message}`);
      return undefined;
    });
    const ended = lines.at(-1)?.event === 'ended';
    if (report !== undefined && !ended)
      problems.push('its end is missing: the operation has ended, and the trail has not');
    if (report?.audit !== undefined && report.audit.sha256 !== previous?.sha256)
      problems.push(`it ends otherwise than its report says: ${String(report.audit.lines)} lines`);
    const { at: since, workflowId } = lines[0] ?? {};
    return {
      ...{ operation, lines: lines.length, head: previous?.sha256 ?? '', ended, problems: firstOf(problems) },
      ...(since === undefined ? {} : { since }),
      ...(workflowId === undefined ? {} : { workflowId }),
    };
  }

  async #catchUp(operation: string, end: End): Promise<void> {
    for (;;) {
      const next = await this.#chunk(operation, chunkName(end.chunks + 1));
      if (next === undefined) return;
      end.chunks += 1;
      end.keys.add(next.key);
      end.last = next.lines.at(-1) ?? end.last;
    }
  }

  async #chunk(operation: string, name: string): Promise<Chunk | undefined> {
    const found = await this.#records.get(operation, name);
    if (found === undefined) return undefined;
    const parsed = chunk.safeParse(found);
    if (parsed.success) return found as Chunk;
    const where = `${operation}/${name}`;
    throw new Fault('RecordDamaged', `${where} is damaged: it is no part of an audit trail`, { where });
  }
}

function chained(operation: string, entries: readonly AuditEntry[], before: AuditLine | undefined): AuditLine[] {
  const lines: AuditLine[] = [];
  for (const entry of entries) {
    const last = lines.at(-1) ?? before;
    const line = { ...entry, operation, number: (last?.number ?? 0) + 1, previous: last?.sha256 ?? '' };
    lines.push({ ...line, sha256: digest(line) });
  }
  return lines;
}

function firstOf(problems: readonly string[]): readonly string[] {
  const more = problems.length - mostProblems;
  return more <= 0 ? problems : [...problems.slice(0, mostProblems), `and ${String(more)} more`];
}

/** Whatever order a store gives the keys back in. */
function digest(line: Omit<AuditLine, 'sha256'>): string {
  const sorted = Object.entries(line)
    .filter(([name, value]) => name !== 'sha256' && value !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(sorted)))
    .digest('hex');
}
