import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';
import { collect, seconds } from '../input.ts';
import { planned } from '../planned.ts';
import type { MakeProgram } from '../planned.ts';
import { nextRuns } from '../render/schedules.ts';

export interface ScheduleOptions {
  readonly cron: string[];
  readonly timezone: string;
  readonly jitter?: number;
  readonly window: number;
  readonly paused?: boolean;
  readonly replace?: boolean;
}

/** This machine's, where nobody says: cron would do the same. Temporal itself would take UTC. */
const localZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function scheduleOptions(command: Command): Command {
  return command
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
    .option('--replace', 'in the place of one of the same name');
}

/** Makes it, and tells when it runs. Throws InvalidInput for a name or a command that can't be scheduled. */
export async function makeSchedule(
  cli: Cli,
  program: MakeProgram,
  name: string,
  words: readonly string[],
  { replace, ...options }: ScheduleOptions,
): Promise<void> {
  if (!/^[\w.-]{1,60}$/.test(name))
    throw new Fault(
      'InvalidInput',
      `"${name}" is no name for a schedule: letters, digits, dots and dashes, at most 60`,
    );
  const plan = await planned(cli, words, program);
  const { client } = await cli.temporal();
  const { createSchedule, findSchedule, replaceSchedule } = await import('../schedules.ts');
  const { cron, timezone, window } = options;
  const schedule = { name, planned: plan, ...options };
  await (replace === true ? replaceSchedule(client, schedule) : createSchedule(client, schedule));
  const { description } = await findSchedule(client, name);
  cli.out.story(`schedule ${name}: ${plan.operation.title(plan.input)}`);
  const next = description.info.nextActionTimes;
  cli.out.answer(
    { name, command: plan.line, operation: plan.operation.type, input: plan.input, cron, timezone, window, next },
    () => nextRuns(next, timezone),
  );
}

function zone(text: string): string {
  try {
    return Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidArgumentError('Expected a time zone such as Europe/Berlin or UTC.');
  }
}
