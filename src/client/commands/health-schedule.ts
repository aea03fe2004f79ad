import type { Command } from 'commander';
import type { HealthCheckKind } from '../../contracts/health.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import type { MakeProgram } from '../planned.ts';
import { onlyOption, siteOption } from './health-options.ts';
import { makeSchedule, scheduleOptions } from './schedule-options.ts';
import type { ScheduleOptions } from './schedule-options.ts';

interface Options extends ScheduleOptions {
  readonly site?: string;
  readonly only?: HealthCheckKind[];
}

export function healthSchedule(parent: Command, cli: Cli, program: MakeProgram): void {
  const command = define(
    parent,
    'schedule',
    'Check each night: `schedule create health-check` by another name. Each run counts, and tells people what has changed.',
    {
      endings: readEndings,
      examples: [
        ['at two each night', 'stackhand health schedule --cron "0 2 * * *" --timezone Asia/Seoul'],
        [
          'services every quarter of an hour beside it',
          'stackhand health schedule --cron "*/15 * * * *" --only services --window 10m',
        ],
      ],
    },
  )
    .addOption(siteOption())
    .addOption(onlyOption());
  scheduleOptions(command).action(async ({ site, only, ...options }: Options) => {
    const name = ['health-check', ...(site === undefined ? [] : [site]), ...(only ?? [])].join('-');
    const words = [
      ...['health', 'check', '--commit'],
      ...(site === undefined ? [] : ['--site', site]),
      ...(only === undefined ? [] : ['--only', ...only]),
    ];
    await makeSchedule(cli, program, name, words, options);
  });
}
