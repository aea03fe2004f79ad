import type { Command } from 'commander';
import type { InspectResults } from '../../contracts/inspect.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { operationId } from '../operation-id.ts';

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
    const operations = id === undefined ? await all(cli) : [await operationId(cli, id)];
    for (const operation of operations)
      for (let from: number | undefined = 0; from !== undefined;) {
        const page: InspectResults['audit lines'] = await cli.inspect<'audit lines'>({
          ...{ what: 'audit lines', operation, from },
        });
        for (const line of page.lines) cli.out.streams.stdout.write(`${JSON.stringify(line)}\n`);
        from = page.next;
      }
  });
}

async function all(cli: Cli): Promise<string[]> {
  const operations: string[] = [];
  for (let from: number | undefined = 0; from !== undefined;) {
    const page: InspectResults['audit verdicts'] = await cli.inspect<'audit verdicts'>({
      what: 'audit verdicts',
      from,
    });
    operations.push(...page.verdicts.map(({ operation }) => operation));
    from = page.next;
  }
  return operations;
}
