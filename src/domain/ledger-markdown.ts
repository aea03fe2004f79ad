import type { Item, Ledger, Tally } from '../contracts/operation.ts';

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
    ...(ledger.tally === undefined ? [] : tallyLines(ledger.tally)),
  ].join('\n');
}

/** Counts by outcome, who is in work, and the last failures. */
function tallyLines({ planned, done, failed, leftAlone, inWork, inWorkCount, failures }: Tally): string[] {
  const waiting = planned - done - failed - leftAlone - inWorkCount;
  const more = inWorkCount - inWork.length;
  return [
    '',
    '| done | failed | left alone | in work | to come |',
    '|---|---|---|---|---|',
    `| ${[done, failed, leftAlone, inWorkCount, waiting].map(String).join(' | ')} |`,
    ...(inWorkCount === 0
      ? []
      : ['', `In work: ${inWork.map(cell).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`]),
    ...(failures.length === 0 ? [] : ['', '| last failures | why |', '|---|---|']),
    ...failures.map(({ name, why }) => `| ${cell(name)} | ${cell(why)} |`),
  ];
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
