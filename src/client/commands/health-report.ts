import { Option } from 'commander';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { problemOf } from '../errors.ts';
import { readEndings } from '../exit-codes.ts';
import { wholeReport } from '../health-report.ts';
import type { WholeReport } from '../health-report.ts';
import { seconds } from '../input.ts';
import { answerReport, htmlOption, nagiosOption } from './health-options.ts';

interface Options {
  readonly run?: string;
  readonly html?: string;
  readonly nagios?: boolean;
  readonly maxAge?: number;
}

export function healthReport(parent: Command, cli: Cli): void {
  define(parent, 'report', 'What a check found, months later too: the newest that counts, or the one named.', {
    endings: [...readEndings, 'partial'],
    instead: { done: 'all was well', partial: 'something was wrong, or could not be looked at' },
    examples: [
      ['of last night', 'stackhand health report'],
      ['of an older one, as a web page', 'stackhand health report --run 1f3c9a2e --html health.html'],
      ['for a monitoring system, without a check of its own', 'stackhand health report --nagios --quiet'],
    ],
  })
    .addOption(new Option('--last', 'the last one that counts, as without any option').conflicts('run'))
    .option('--run <id>', 'the id of the check, or its beginning')
    .addOption(htmlOption())
    .addOption(nagiosOption())
    .option('--max-age <time>', 'with --nagios: unknown where a check is older; default: 26h', seconds)
    .action(async ({ run, ...options }: Options) => {
      await answerReport(cli, await reportOf(cli, run), options);
    });
}

/** By its operation's id, which records know for ever; else by the workflow's, as long as Temporal knows it. */
async function reportOf(cli: Cli, run: string | undefined): Promise<WholeReport> {
  if (run === undefined) return wholeReport(cli);
  if (/^[0-9a-f-]{4,36}$/.test(run)) {
    try {
      return await wholeReport(cli, run);
    } catch (error) {
      if (problemOf(error).type !== 'UnknownOperation') throw error;
    }
  }
  const workflowId = await cli.find(run, {});
  const { client } = await cli.temporal();
  const { lookAt } = await import('../look.ts');
  const { operation } = await lookAt(client, workflowId);
  return wholeReport(cli, operation ?? run);
}
