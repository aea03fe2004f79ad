import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { factLines } from '../render/facts.ts';

export function operationShow(parent: Command, cli: Cli): void {
  define(
    parent,
    'show [id]',
    'An operation as it stands: its steps, how it ended, who started it, where the Web UI shows it.',
    {
      endings: readEndings,
      examples: [
        ['by its short id', 'stackhand operation show 1f3c9a2e'],
        ['its report for a script', 'stackhand operation show 1f3c9a2e --json'],
      ],
    },
  ).action(async (id: string | undefined) => {
    const workflowId = await cli.find(id, {});
    const { client } = await cli.temporal();
    const webUi = await cli.webUi(workflowId);
    const { lookAt } = await import('../look.ts');
    const facts = await lookAt(client, workflowId);
    cli.out.answer({ ...facts, ...(webUi === undefined ? {} : { webUi }) }, (colour) =>
      factLines(facts, webUi, {
        colour,
        unicode: cli.out.settings.unicode,
        columns: cli.out.streams.stdout.columns ?? 160,
        rows: Number.POSITIVE_INFINITY,
      }),
    );
  });
}
