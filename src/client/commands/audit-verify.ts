import { counted } from '../../domain/format.ts';
import type { Command } from 'commander';
import { heldAgainstTemporal } from '../audit-ends.ts';
import type { SeenVerdict } from '../audit-ends.ts';
import { auditVerdicts } from '../audit-verdicts.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { operationId } from '../operation-id.ts';
import type { Colours } from '../output.ts';
import { columns, oneLine } from '../render/text.ts';

export function auditVerify(parent: Command, cli: Cli): void {
  define(
    parent,
    'verify [id]',
    'Whether audit trails are whole: no line changed, missing or cut off at the end. Of one operation, or of all in the records. One without an end is held against Temporal: its operation goes on, or was terminated.',
    {
      endings: [...readEndings, 'partial'],
      instead: { done: 'all are whole', partial: 'one was changed, or lines of it are missing' },
      examples: [
        ['all there are', 'stackhand audit verify'],
        ['of one operation', 'stackhand audit verify 1f3c9a2e'],
      ],
    },
  ).action(async (id: string | undefined) => {
    const operation = id === undefined ? undefined : await operationId(cli, id);
    const verdicts = await heldAgainstTemporal(cli, await auditVerdicts(cli, operation));
    const broken = verdicts.filter(({ problems }) => problems.length > 0);
    const open = verdicts.filter((each) => each.open !== undefined);
    const named = operation === undefined ? [...broken, ...open] : verdicts;
    cli.out.answer({ verdicts }, (colour) => [
      ...columns(
        ['', 'OPERATION', 'LINES', 'HEAD', ''],
        named.map((each) => [
          markOf(each, colour),
          each.operation,
          String(each.lines),
          each.head.slice(0, 16),
          oneLine(each.problems.join('; ') || (each.open ?? '')),
        ]),
      ).slice(named.length === 0 ? 1 : 0),
      `${counted(verdicts.length, 'trail')}, ${String(broken.length)} broken${open.length === 0 ? '' : `, ${String(open.length)} without an end`}`,
    ]);
    if (broken.length > 0) cli.end('partial');
  });
}

function markOf({ problems, open }: SeenVerdict, colour: Colours): string {
  if (problems.length > 0) return colour.red('broken');
  return open === undefined ? colour.green('whole') : colour.yellow('open');
}
