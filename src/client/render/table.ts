import type { State, Tally } from '../../contracts/operation.ts';
import { formatDuration } from '../../domain/format.ts';
import type { Colours } from '../output.ts';
import type { Sight } from '../watch.ts';
import { bar, measure } from './measure.ts';
import type { Row } from './rows.ts';
import { cut, cutMiddle, oneLine, pad, width } from './text.ts';

export interface Canvas {
  readonly colour: Colours;
  readonly unicode: boolean;
  readonly columns: number;
  /** Lines there is room for. */
  readonly rows: number;
}

const marks: Record<State, readonly [unicode: string, ascii: string]> = {
  planned: ['·', '.'],
  'left alone': ['–', '-'],
  running: ['▶', '>'],
  done: ['✔', '+'],
  failed: ['✘', 'x'],
  'put back': ['↩', '<'],
};

/** The whole table: a headline, what a person has to know, one line an item. */
export function table(sight: Sight, rows: readonly Row[], now: number, canvas: Canvas): string[] {
  const head = [headline(sight, now, canvas), ...remarks(sight, canvas)];
  const foot = sight.ledger?.tally === undefined ? [] : tallyLines(sight.ledger.tally, canvas);
  const shown = fit(rows, canvas.rows - head.length - foot.length - 1);
  const labels = Math.min(
    Math.floor(canvas.columns * 0.55),
    Math.max(0, ...shown.map((row) => width(indent(row) + labelOf(row)))),
  );
  const more = rows.length - shown.length;
  return [
    ...head,
    ...shown.map((row) => line(row, labels, canvas)),
    ...(more > 0 ? [canvas.colour.dim(`  ${counts(rows)}`)] : []),
    ...foot,
  ];
}

/** Failures that there is room for beside the table. */
const failuresShown = 5;

/** Counts by outcome, who is in work, and the last failures. */
function tallyLines(tally: Tally, { colour, columns }: Canvas): string[] {
  const { planned, done, failed, leftAlone, inWork, inWorkCount, failures } = tally;
  const toCome = planned - done - failed - leftAlone - inWorkCount;
  const counted = [
    colour.green(`${String(done)} done`),
    ...(failed > 0 ? [colour.red(`${String(failed)} failed`)] : []),
    ...(leftAlone > 0 ? [`${String(leftAlone)} left alone`] : []),
    ...(inWorkCount > 0 ? [colour.cyan(`${String(inWorkCount)} in work`)] : []),
    ...(toCome > 0 ? [`${String(toCome)} to come`] : []),
  ].join(', ');
  const more = inWorkCount > inWork.length ? ' …' : '';
  return [
    `    ${counted}`,
    ...(inWork.length === 0 ? [] : [colour.dim(cut(`    ${oneLine(inWork.join(', '))}${more}`, columns))]),
    ...failures
      .slice(-failuresShown)
      .map(({ name, why }) => colour.red(cut(`    ${oneLine(name)}: ${oneLine(why)}`, columns))),
  ];
}

/** What the status alone tells; a completed one may also be partial, or have missed its time. */
const ends: Partial<Record<Sight['status'], string>> = {
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed out',
};

function headline(sight: Sight, now: number, { colour, columns }: Canvas): string {
  const { ledger } = sight;
  const title = oneLine(ledger?.title ?? sight.workflowId);
  const phase = sight.status === 'RUNNING' ? (ledger?.phase ?? 'starting') : (ends[sight.status] ?? 'ended');
  const rest = `  ${phase}  ${formatDuration((sight.closedAt ?? now) - sight.startedAt)}`;
  return colour.bold(cut(title, columns - width(rest))) + colour.cyan(rest);
}

/** What a person has to do, or is waited for; loud. */
function remarks({ ledger, trouble }: Sight, { colour, columns }: Canvas): string[] {
  const loud = ledger?.phase === 'needs you';
  // A finished one's note is its summary, which is told as the answer.
  const silent = ledger?.note === undefined || ledger.phase === 'finished';
  const note = silent ? [] : [cut(`  ${oneLine(ledger.note ?? '')}`, columns)];
  return [
    ...note.map((text) => (loud ? colour.red(colour.bold(text)) : colour.yellow(text))),
    ...(trouble === undefined ? [] : [colour.yellow(cut(`  ${oneLine(trouble)}`, columns))]),
  ];
}

function line(row: Row, labels: number, canvas: Canvas): string {
  const { colour, unicode, columns } = canvas;
  const mark = paint(row.state, colour)(marks[row.state][unicode ? 0 : 1]);
  const space = labels - width(indent(row));
  const label = pad(cutMiddle(labelOf(row), space), space);
  const room = columns - labels - 6;
  const rest = restOf(row, room, unicode);
  const text = row.state === 'failed' ? colour.red(rest) : colour.dim(rest);
  return `  ${indent(row)}${mark} ${row.state === 'planned' ? colour.dim(label) : label}  ${text}`.trimEnd();
}

const labelOf = (row: Row): string => (row.name === '' ? row.action : `${row.name}  ${row.action}`);

/** A step of a step is a bit to the right, its mark too. */
const indent = (row: Row): string => '  '.repeat(row.depth);

function restOf(row: Row, room: number, unicode: boolean): string {
  const { progress, detail } = row;
  if (progress === undefined) return cut(detail, room);
  const text = measure(progress.done, progress.total, progress.rate);
  const drawn = room > width(text) + 12 ? `${bar(progress.done, progress.total, 16, unicode)} ` : '';
  return cut(`${drawn}${text}${detail === '' ? '' : `  ${detail}`}`, room);
}

function paint(state: State, colour: Colours): (text: string) => string {
  if (state === 'done') return colour.green;
  if (state === 'failed') return colour.red;
  if (state === 'running') return colour.cyan;
  return state === 'put back' ? colour.yellow : colour.dim;
}

/**
 * The lines that fit, in their order: what runs and what failed first, then what comes next, then what was done last.
 * A table longer than the terminal would scroll, and its top could not be redrawn.
 */
export function fit(rows: readonly Row[], room: number): readonly Row[] {
  if (rows.length <= room) return rows;
  const wanted = (...states: State[]): Row[] => rows.filter((row) => states.includes(row.state));
  const byWeight = [
    ...wanted('running'),
    ...wanted('failed', 'put back'),
    ...wanted('planned'),
    ...wanted('done', 'left alone').reverse(),
  ];
  const kept = new Set(byWeight.slice(0, Math.max(1, room)));
  return rows.filter((row) => kept.has(row));
}

/** "230 done, 4 running, 466 planned". */
export function counts(rows: readonly Row[]): string {
  const states: State[] = ['done', 'left alone', 'failed', 'put back', 'running', 'planned'];
  return states
    .map((state) => [rows.filter((row) => row.state === state).length, state] as const)
    .filter(([count]) => count > 0)
    .map(([count, state]) => `${String(count)} ${state}`)
    .join(', ');
}
