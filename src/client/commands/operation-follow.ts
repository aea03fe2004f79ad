import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';

export function operationFollow(parent: Command, cli: Cli): void {
  define(
    parent,
    'follow [id]',
    'Show the course of an operation until it ended. Ctrl-C ends the showing, not the operation.',
    {
      endings: operationEndings,
      examples: [
        ['by its short id', 'stackhand operation follow 1f3c9a2e'],
        ['choose one of those that run', 'stackhand operation follow'],
        ['wait for it in a script', 'stackhand operation follow 1f3c9a2e --quiet --json > report.json'],
      ],
    },
  ).action(async (id: string | undefined) => cli.follow(await cli.find(id, { open: true })));
}
