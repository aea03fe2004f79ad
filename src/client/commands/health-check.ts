import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import { healthCheck as operation } from '../../contracts/health.schema.ts';
import type { HealthCheck, HealthCheckKind } from '../../contracts/health.ts';
import type { Cli } from '../cli.ts';
import { conclude } from '../conclude.ts';
import { define } from '../define.ts';
import type { Ended } from '../ending.ts';
import { Failed } from '../errors.ts';
import { operationEndings } from '../exit-codes.ts';
import { wholeReport } from '../health-report.ts';
import { given, seconds } from '../input.ts';
import { answerReport, checkPlace, htmlOption, nagiosOption, onlyOption, siteOption } from './health-options.ts';
import { detachOption, reasonOption } from './shared.ts';

interface Options {
  readonly site?: string;
  readonly only?: HealthCheckKind[];
  readonly since?: number;
  readonly commit?: boolean;
  readonly html?: string;
  readonly nagios?: boolean;
  readonly detach?: boolean;
  readonly reason?: string;
}

export function healthCheck(parent: Command, cli: Cli): void {
  define(
    parent,
    'check',
    'Look at the hosts, containers, logs, services and backups that the config names, and say what is wrong and what of it is new. Changes nothing but, with --commit, what counts as seen.',
    {
      endings: operationEndings,
      schedulable: true,
      instead: {
        done: 'all is well',
        failed: 'the check itself could not be made',
        partial: 'something is wrong, or could not be looked at',
      },
      examples: [
        ['everything, beside what the nightly check saw', 'stackhand health check'],
        ['containers and services alone', 'stackhand health check --only containers services'],
        ['as a page for others', 'stackhand health check --html health.html'],
        ['for a monitoring system', 'stackhand health check --only hosts services --nagios --quiet'],
      ],
    },
  )
    .addOption(siteOption())
    .addOption(onlyOption())
    .option(
      '--since <time>',
      "logs seen for the first time are read so far back, such as 2d; else the config's",
      seconds,
    )
    .option(
      '--commit',
      'what is seen counts as seen for the next run, and people are notified: as the nightly check does',
    )
    .addOption(htmlOption())
    .addOption(nagiosOption())
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async ({ site, only, since, commit, ...options }: Options) => {
      if (options.nagios === true && options.detach === true)
        throw new Fault('InvalidInput', '--nagios tells the end, and --detach does not wait for it');
      if (options.html !== undefined) checkPlace(options.html);
      const input = given<HealthCheck>({ site, only, since, commit });
      const say = async (workflowId: string, ended: Ended): Promise<void> => {
        const run = ended.report?.operation;
        if (ended.outcome !== 'done' || run === undefined) {
          if (options.nagios === true)
            throw new Failed(ended.failure ?? { type: 'Unexpected', message: ended.summary });
          conclude(cli.out, workflowId, ended);
          return;
        }
        const { report } = await wholeReport(cli, run);
        await answerReport(cli, { report }, options);
      };
      await cli.start(operation, input, { ...options, conclude: say });
    });
}
