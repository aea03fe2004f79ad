import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import type { MakeProgram } from '../planned.ts';
import { makeSchedule, scheduleOptions } from './schedule-options.ts';
import type { ScheduleOptions } from './schedule-options.ts';

/** What a schedule of this name runs, where nobody says. */
const usual: Readonly<Record<string, readonly string[]>> = { 'health-check': ['health', 'check', '--commit'] };

export function scheduleCreate(parent: Command, cli: Cli, program: MakeProgram): void {
  const command = define(
    parent,
    'create <name> [command...]',
    'Run an operation by itself: after -- stands its command, as it would be typed. While a run goes on no second one begins. What --all means is seen at each run.',
    {
      endings: readEndings,
      examples: [
        [
          'all VMs, each night',
          'stackhand schedule create nightly --cron "0 2 * * *" --window 2h -- vm backup --all --host kvm1 --to nas --shutdown',
        ],
        ['the health check, which needs no command', 'stackhand schedule create health-check --cron "0 2 * * *"'],
        [
          'on Sundays, in a given time zone',
          'stackhand schedule create check --cron "30 4 * * sun" --timezone Europe/Berlin -- vm verify --all --host kvm1',
        ],
      ],
    },
  );
  scheduleOptions(command).action(async (name: string, words: string[], options: ScheduleOptions) => {
    const chosen = words.length > 0 ? words : usual[name];
    if (chosen === undefined)
      throw new Fault('InvalidInput', 'say what to run', {
        remedy: 'after --, such as: -- vm backup --all --host kvm1 --shutdown',
      });
    await makeSchedule(cli, program, name, chosen, options);
  });
}
