import type { Command } from 'commander';
import { auditVerdicts } from '../audit-verdicts.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { operationId } from '../operation-id.ts';
import { pages } from '../pages.ts';

export function auditExport(parent: Command, cli: Cli): void {
  define(
    parent,
    'export [id]',
    'Audit trails as lines of JSON, oldest first: who asked, who approved, why, and what was done to which object. Of one operation, or of all in the records.',
    {
      endings: readEndings,
      examples: [
        ['all there are', 'stackhand audit export > audit.jsonl'],
        ['who approved what', `stackhand audit export | jq -r 'select(.event == "approved") | [.by, .action] | @tsv'`],
        ['of one operation', 'stackhand audit export 1f3c9a2e'],
      ],
    },
  ).action(async (id: string | undefined) => {
    const operations =
      id === undefined ? (await auditVerdicts(cli)).map(({ operation }) => operation) : [await operationId(cli, id)];
    for (const operation of operations) {
      const page = (from: number) => cli.inspect<'audit lines'>({ what: 'audit lines', operation, from });
      for await (const { lines } of pages(page))
        for (const line of lines) cli.out.streams.stdout.write(`${JSON.stringify(line)}\n`);
    }
  });
}
