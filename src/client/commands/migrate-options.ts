import type { Command } from 'commander';
import { Option } from 'commander';
import type { ServerHow } from '../../contracts/server-operation.ts';

/** Their options are called as what they decide. */
export type MigrateOptions = Omit<ServerHow, 'timeout' | 'includeLocked' | 'includeManaged'>;

export function addMigrating(command: Command): Command {
  return command
    .option('--to <host>', "to this compute host; the scheduler's choice otherwise")
    .addOption(
      new Option('--block <block>', 'copy the disks: auto lets Nova find out whether it has to').choices([
        'auto',
        'yes',
        'no',
      ]),
    )
    .option('--cold', 'only stopped servers, cold, and confirm each')
    .option('--include-stopped', 'running servers live, stopped ones cold')
    .addOption(
      new Option(
        '--on-timeout <what>',
        'when one takes longer than --timeout (default: 30m), counted from when it begins to move: abort (the default), force-complete or leave',
      ).choices(['abort', 'force-complete', 'leave']),
    );
}

export function addDraining(command: Command): Command {
  return command
    .option('--include-arrivals', 'also servers that come to the host after the plan, without asking again')
    .option('--keep-disabled', 'leave the host out of scheduling, however it ends')
    .option('--enable-after', 'put the host back into scheduling also when it is empty');
}

export const migrateHow = (options: MigrateOptions): { readonly [K in keyof ServerHow]: ServerHow[K] | undefined } => {
  const { to, block, cold, includeStopped, onTimeout, includeArrivals, keepDisabled, enableAfter } = options;
  return { to, block, cold, includeStopped, onTimeout, includeArrivals, keepDisabled, enableAfter };
};
