import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { collect, seconds } from '../input.ts';
import { planned } from '../planned.ts';
import type { MakeProgram } from '../planned.ts';
import { nextRuns } from '../render/schedules.ts';

interface Options {
  readonly cron: string[];
  readonly timezone: string;
  readonly jitter?: number;
  readonly window: number;
  readonly paused?: boolean;
  readonly replace?: boolean;
}

/** This machine's, where nobody says: cron would do the same. Temporal itself would take UTC. */
const localZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function scheduleCreate(parent: Command, cli: Cli, program: MakeProgram): void {
  define(
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
        [
          'on Sundays, in a given time zone',
          'stackhand schedule create check --cron "30 4 * * sun" --timezone Europe/Berlin -- vm verify --all --host kvm1',
        ],
      ],
    },
  )
    .requiredOption('--cron <line>', 'minute hour day-of-month month day-of-week; may be repeated', collect)
    .addOption(
      new Option('--timezone <zone>', 'of the cron line, such as Europe/Berlin')
        .argParser(zone)
        .default(localZone, "this machine's"),
    )
    .option('--jitter <time>', 'begin up to so much later, by chance, such as 10m', seconds)
    .addOption(
      new Option('--window <time>', 'a run that can not begin so soon after its time ends as missed')
        .argParser(seconds)
        .default(3600, '1h'),
    )
    .option('--paused', 'create it paused')
    .option('--replace', 'in the place of one of the same name')
    .action(async (name: string, words: string[], { replace, ...options }: Options) => {
      if (!/^[\w.-]{1,60}$/.test(name))
        throw new Fault(
          'InvalidInput',
          `"${name}" is no name for a schedule: letters, digits, dots and dashes, at most 60`,
        );
      if (words.length === 0)
        throw new Fault('InvalidInput', 'say what to run', {
          remedy: 'after --, such as: -- vm backup --all --host kvm1 --shutdown',
        });
      const plan = await planned(cli, words, program);
      const { client } = await cli.temporal();
      const { createSchedule, findSchedule, replaceSchedule } = await import('../schedules.ts');
      const schedule = { name, planned: plan, ...options };
      await (replace === true ? replaceSchedule(client, schedule) : createSchedule(client, schedule));
      const { description } = await findSchedule(client, name);
      cli.out.story(`schedule ${name}: ${plan.operation.title(plan.input)}`);
      const next = description.info.nextActionTimes;
      const { cron, timezone, window } = options;
      cli.out.answer(
        { name, command: plan.line, operation: plan.operation.type, input: plan.input, cron, timezone, window, next },
        () => nextRuns(next, timezone),
      );
    });
}

function zone(text: string): string {
  try {
    return Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidArgumentError('Expected a time zone such as Europe/Berlin or UTC.');
  }
}
