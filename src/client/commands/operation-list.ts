import { Option } from 'commander';
import type { Command } from 'commander';
import { formatAge, formatDuration } from '../../domain/format.ts';
import type { Cli } from '../cli.ts';
import { namesOf } from '../completion/values.ts';
import { shortest } from '../conclude.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { whole } from '../input.ts';
import type { Listed } from '../operations.ts';
import type { Colours } from '../output.ts';
import { columns, oneLine } from '../render/text.ts';

interface Options {
  readonly host?: string;
  readonly vm?: string;
  readonly open?: boolean;
  readonly reads?: boolean;
  readonly limit: number;
}

export function operationList(parent: Command, cli: Cli): void {
  define(parent, 'list', 'Operations that run, then those that ended, the newest first.', {
    endings: readEndings,
    examples: [
      ['what happens now', 'stackhand operation list --open'],
      ["one VM's history", 'stackhand operation list --vm web01 --limit 100'],
      [
        'ids of what failed',
        'stackhand operation list --json | jq -r \'.[] | select(.state == "failed") | .workflowId\'',
      ],
    ],
  })
    .addOption(namesOf('hosts', new Option('--host <host>', 'only of this host')))
    .option('--vm <name>', 'only of this VM')
    .option('--open', 'only those that have not ended')
    .option('--reads', 'also looks, such as those of vm list')
    .option('--limit <n>', 'at most so many', whole(1, 10_000), 20)
    .action(async ({ limit, ...filter }: Options) => {
      const { client } = await cli.temporal();
      const { firstOperations } = await import('../operations.ts');
      const { found, more } = await firstOperations(client, filter, limit);
      cli.out.answer(found, (colour) => {
        if (found.length === 0) return ['no operations'];
        const table = columns(['ID', 'STATE', 'OPERATION', 'STARTED', 'TOOK', 'BY'], found.map(row));
        return table.map((line, index) => painted(line, found[index - 1], colour));
      });
      if (more) cli.out.story(`there are more: --limit ${String(limit * 5)}`);
    });
}

function row({ workflowId, state, startedAt, endedAt, startedBy }: Listed): string[] {
  const end = endedAt === undefined ? Date.now() : Date.parse(endedAt);
  const short = shortest(workflowId);
  const readable = workflowId.endsWith(`/${short}`) ? workflowId.slice(0, -short.length - 1) : workflowId;
  return [
    short.length === 8 ? short : '-',
    state,
    oneLine(readable),
    formatAge(startedAt, new Date()),
    formatDuration(end - Date.parse(startedAt)),
    oneLine(startedBy ?? '-'),
  ];
}

function painted(line: string, listed: Listed | undefined, colour: Colours): string {
  if (listed === undefined) return colour.bold(line);
  if (['failed', 'terminated', 'timed out', 'abandoned', 'needs you'].includes(listed.state)) return colour.red(line);
  return listed.open ? colour.cyan(line) : line;
}
