import { counted } from '../../domain/format.ts';
import type { Command } from 'commander';
import { auditVerdicts } from '../audit-verdicts.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { operationId } from '../operation-id.ts';
import { columns, oneLine } from '../render/text.ts';

export function auditVerify(parent: Command, cli: Cli): void {
  define(
    parent,
    'verify [id]',
    'Whether audit trails are whole: no line changed, missing or cut off at the end. Of one operation, or of all in the records.',
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
    const verdicts = await auditVerdicts(cli, operation);
    const broken = verdicts.filter(({ problems }) => problems.length > 0);
    cli.out.answer({ verdicts }, (colour) => [
      ...columns(
        ['', 'OPERATION', 'LINES', 'HEAD', ''],
        (operation === undefined ? broken : verdicts).map((each) => [
          each.problems.length === 0 ? colour.green('whole') : colour.red('broken'),
          each.operation,
          String(each.lines),
          each.head.slice(0, 16),
          oneLine(each.problems.join('; ') || (each.ended ? '' : 'goes on')),
        ]),
      ).slice(broken.length === 0 && operation === undefined ? 1 : 0),
      `${counted(verdicts.length, 'trail')}, ${String(broken.length)} broken`,
    ]);
    if (broken.length > 0) cli.end('partial');
  });
}
