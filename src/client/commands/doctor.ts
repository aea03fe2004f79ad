import type { Command } from 'commander';
import type { Check } from '../../contracts/inspect.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { checkLines } from '../render/checks.ts';
import { hostOption, repositoryOption } from './shared.ts';

interface Options {
  readonly host?: string;
  readonly to?: string;
}

export function doctor(parent: Command, cli: Cli): void {
  define(
    parent,
    'doctor',
    'Check everything that an operation will need: config, Temporal, workers, records, and each host with its tools, share and clock, and what ended operations left there. One line each, with the remedy.',
    {
      endings: ['done', 'failed', 'usage', 'unreachable'],
      instead: { done: 'nothing failed; warnings may be there', failed: 'at least one check failed' },
      examples: [
        ['everything that the config names', 'stackhand doctor'],
        ['a host and a share before its first backup', 'stackhand doctor --host root@kvm1 --to 192.168.100.10:/backup'],
        ['for monitoring', 'stackhand doctor --json | jq \'[.[] | select(.status != "ok")]\''],
      ],
    },
  )
    .addOption(hostOption())
    .addOption(repositoryOption('--to <repository>'))
    .action(async (options: Options) => {
      const { examine } = await import('../examine.ts');
      const found: Check[] = [];
      for await (const check of examine(cli, options)) {
        found.push(check);
        // A line as soon as it is known: a host that does not answer takes its time.
        if (!cli.out.settings.json) cli.out.answer(check, (colour) => checkLines(check, colour));
      }
      if (cli.out.settings.json) cli.out.answer(found, () => []);
      const failed = found.filter(({ status }) => status === 'failed');
      if (failed.length > 0) cli.end(failed.some(({ name }) => name === 'Temporal') ? 'unreachable' : 'failed');
    });
}
