import type { Item, Ledger } from '../contracts/operation.ts';

const marks: Record<Item['state'], string> = {
  planned: '·',
  'left alone': '–',
  running: '▶',
  done: '✔',
  failed: '✘',
  'put back': '↩',
};

/** Current details in the Web UI end at 20,000 bytes; what is over is counted, not shown. */
const rowsShown = 60;

/** A ledger as the Web UI shows it: a sentence and a table of steps. */
export function ledgerMarkdown(ledger: Ledger): string {
  const rows = ledger.items
    .slice(0, rowsShown)
    .map(
      (item) =>
        `| ${marks[item.state]} ${item.state} | ${cell(item.action)} | ${took(item)} | ${cell(item.why ?? '')} |`,
    );
  const more = ledger.items.length - rows.length;
  return [
    `**${cell(ledger.title)}** — ${ledger.phase}${ledger.note === undefined ? '' : `: ${cell(ledger.note)}`}`,
    '',
    '| state | step | took | remark |',
    '|---|---|---|---|',
    ...rows,
    ...(more > 0 ? ['', `and ${String(more)} more`] : []),
  ].join('\n');
}

function took(item: Item): string {
  if (item.startedAt === undefined || item.endedAt === undefined) return '';
  const seconds = Math.round((item.endedAt - item.startedAt) / 1000);
  return seconds < 90 ? `${String(seconds)} s` : `${String(Math.round(seconds / 60))} min`;
}

// A pipe ends a cell and a newline ends the table; names and messages may hold both.
function cell(text: string): string {
  const flat = text.replace(/\s+/g, ' ').replace(/[|\\`*_<>[\]]/g, '\\$&');
  return flat.length > 240 ? `${flat.slice(0, 239)}…` : flat;
}
