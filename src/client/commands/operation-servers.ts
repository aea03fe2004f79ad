import type { Command } from 'commander';
import type { ServerOutcome } from '../../contracts/server-operation.ts';
import { formatDuration } from '../../domain/format.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { operationId } from '../operation-id.ts';
import { pages } from '../pages.ts';
import { columns, oneLine } from '../render/text.ts';

export function operationServers(parent: Command, cli: Cli): void {
  define(
    parent,
    'servers [id]',
    'What became of each server of an operation: outcome, reason, time, request ids. From the records, also long after Temporal has forgotten it (then by its operation id).',
    {
      endings: readEndings,
      examples: [
        ['as a table', 'stackhand operation servers 1f3c9a2e'],
        [
          'the ids of those that failed',
          `stackhand operation servers 1f3c9a2e --json | jq -r '.outcomes[] | select(.outcome == "failed") | .id'`,
        ],
      ],
    },
  ).action(async (id: string | undefined) => {
    const operation = await operationId(cli, id);
    const outcomes: ServerOutcome[] = [];
    const page = (from: number) => cli.inspect<'server outcomes'>({ what: 'server outcomes', operation, from });
    for await (const { outcomes: some } of pages(page)) outcomes.push(...some);
    cli.out.answer({ operation, outcomes }, (colour) =>
      columns(
        ['OUTCOME', 'NAME', 'HOST', 'TOOK', 'WHY', 'REQUEST', 'ID'],
        outcomes.map(({ outcome, name, host, movedTo, startedAt, endedAt, why = '', requestIds, id: server }) => [
          outcome === 'failed' ? colour.red(outcome) : outcome,
          oneLine(name),
          movedTo === undefined ? host : `${host} → ${movedTo}`,
          formatDuration(endedAt - startedAt),
          oneLine(why),
          requestIds.at(-1) ?? '',
          server,
        ]),
      ),
    );
  });
}
