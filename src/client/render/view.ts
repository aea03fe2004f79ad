import { createLogUpdate } from 'log-update';
import type { Output } from '../output.ts';
import type { Sight } from '../watch.ts';
import { measure, percent, Rates } from './measure.ts';
import type { Row } from './rows.ts';
import { rowsOf } from './rows.ts';
import { table } from './table.ts';
import { oneLine } from './text.ts';

/** Tells an operation's course while it runs. */
export interface View {
  show(sight: Sight): void;
  /** A line that isn't about a step. */
  say(line: string): void;
  /** Leaves what was told last on the screen. */
  end(): void;
}

export function viewFor(out: Output): View {
  if (out.settings.quiet) return { show: () => undefined, say: () => undefined, end: () => undefined };
  return out.streams.stderr.isTTY === true ? new LiveTable(out) : new ChangeLines(out);
}

/** On a terminal: one table, redrawn in place. */
class LiveTable implements View {
  readonly #out: Output;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  readonly #rates = new Rates();

  constructor(out: Output) {
    this.#out = out;
    this.#draw = createLogUpdate(out.streams.stderr);
  }

  show(sight: Sight): void {
    const now = Date.now();
    const { stderr } = this.#out.streams;
    const lines = table(sight, rowsOf(sight, this.#rates, now), now, {
      colour: this.#out.storyColour,
      unicode: this.#out.settings.unicode,
      columns: Math.max(40, stderr.columns ?? 80),
      rows: Math.max(6, (stderr.rows ?? 24) - 1),
    });
    this.#draw(lines.join('\n'));
  }

  say(line: string): void {
    // Above the table, which is drawn anew below it.
    this.#draw.clear();
    this.#out.story(line);
  }

  end(): void {
    this.#draw.done();
  }
}

/** Seconds between two lines about the progress of one item, where lines can't be redrawn. */
const progressEvery = 30;

/** What was said last of a row. */
interface Told {
  readonly state: string;
  readonly measuredAt: number | undefined;
  readonly percent: number;
  readonly failing: string;
}

/** In a pipe or a log: one line for each change. */
export class ChangeLines implements View {
  readonly #out: Pick<Output, 'story'>;
  readonly #now: () => number;
  readonly #rates = new Rates();
  readonly #told = new Map<string, Told>();
  #header = '';
  #detail = '';

  constructor(out: Pick<Output, 'story'>, now: () => number = Date.now) {
    this.#out = out;
    this.#now = now;
  }

  show(sight: Sight): void {
    const now = this.#now();
    const finished = sight.ledger?.phase === 'finished';
    if (!finished) this.#tellOperation(sight);
    for (const row of rowsOf(sight, this.#rates, now)) this.#tell(row, now);
    if (finished) this.#tellOperation(sight);
  }

  say(line: string): void {
    this.#out.story(line);
  }

  end(): void {
    // Nothing is redrawn, so nothing is left open.
  }

  #tellOperation({ ledger, trouble, workflowId }: Sight): void {
    const header =
      ledger === undefined ? workflowId : `${ledger.title}: ${ledger.phase === 'finished' ? 'ended' : ledger.phase}`;
    const detail = trouble ?? (ledger?.phase === 'finished' ? undefined : ledger?.note) ?? '';
    if (header !== this.#header) this.#out.story(oneLine(header));
    if (detail !== '' && detail !== this.#detail) this.#out.story(`  ${oneLine(detail)}`);
    this.#header = header;
    this.#detail = detail;
  }

  #tell(row: Row, now: number): void {
    const { key, state, progress, failing = '' } = row;
    const told = this.#told.get(key);
    // Why it is tried again is said once for each reason, not for each try.
    const changed = told?.state !== state || (failing !== '' && failing !== told.failing);
    const due = progress !== undefined && isDue(percent(progress.done, progress.total), told, now);
    if (!changed && !due) return;
    const reached = progress === undefined ? 0 : percent(progress.done, progress.total);
    const measuredAt = progress === undefined ? undefined : now;
    this.#told.set(key, {
      state,
      measuredAt,
      percent: reached,
      failing: failing === '' ? (told?.failing ?? '') : failing,
    });
    // What is only planned is told when it comes.
    if (state === 'planned') return;
    const name = `${row.under === undefined ? '' : `${oneLine(row.under)}: `}${row.name === '' ? '' : `${row.name}: `}`;
    const rest = progress === undefined ? row.detail : measure(progress.done, progress.total, progress.rate);
    this.#out.story(`  ${name}${row.action}: ${state}${rest === '' ? '' : `  ${rest}`}`);
  }
}

/** Its first measure, then one line in a while, as long as it gets on. */
function isDue(
  reached: number,
  told: { measuredAt: number | undefined; percent: number } | undefined,
  now: number,
): boolean {
  if (told?.measuredAt === undefined) return true;
  return reached > told.percent && now - told.measuredAt >= progressEvery * 1000;
}
