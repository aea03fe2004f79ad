import type { Command } from 'commander';
import { auditVerdicts } from '../audit-verdicts.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { problemOf } from '../errors.ts';
import { readEndings } from '../exit-codes.ts';
import { operationId } from '../operation-id.ts';
import { pages } from '../pages.ts';

export function auditExport(parent: Command, cli: Cli): void {
  define(
    parent,
    'export [id]',
    'Audit trails as lines of JSON, oldest first: who asked, who approved, why, and what was done to which object. Of one operation, or of all in the records.',
    {
      endings: [...readEndings, 'partial'],
      instead: { done: 'all are printed', partial: 'one is damaged: stackhand audit verify says where' },
      examples: [
        ['all there are', 'stackhand audit export > audit.jsonl'],
        ['who approved what', `stackhand audit export | jq -r 'select(.event == "approved") | [.by, .action] | @tsv'`],
        ['of one operation', 'stackhand audit export 1f3c9a2e'],
      ],
    },
  ).action(async (id: string | undefined) => {
    if (id !== undefined) return print(cli, await operationId(cli, id));
    for (const { operation, lines } of await auditVerdicts(cli)) {
      try {
        if (lines > 0) await print(cli, operation);
      } catch (error) {
        // The others are to be had all the same.
        if (problemOf(error).type !== 'RecordDamaged') throw error;
        cli.out.warn(`${operation} is left out: ${problemOf(error).message}`);
        cli.end('partial');
      }
    }
  });
}

async function print(cli: Cli, operation: string): Promise<void> {
  const page = (from: number) => cli.inspect<'audit lines'>({ what: 'audit lines', operation, from });
  for await (const { lines } of pages(page))
    for (const line of lines) cli.out.streams.stdout.write(`${JSON.stringify(line)}\n`);
}
