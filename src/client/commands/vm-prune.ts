import type { Command } from 'commander';
import type { KeepRules } from '../../contracts/targets.ts';
import { vmPrune as operation } from '../../contracts/vm-prune.schema.ts';
import type { VmPrune } from '../../contracts/vm-prune.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { Declined } from '../errors.ts';
import { operationEndings } from '../exit-codes.ts';
import { given, whole } from '../input.ts';
import { oneLine } from '../render/text.ts';
import { chosenHost, detachOption, hostOption, reasonOption, repositoryOption, yesOption } from './shared.ts';

interface Options {
  readonly host?: string;
  readonly from?: string;
  readonly keepLast?: number;
  readonly keepDaily?: number;
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
  readonly apply?: boolean;
  readonly yes?: boolean;
  readonly detach?: boolean;
  readonly reason?: string;
}

const count = whole(1, 10_000);

export function vmPrune(parent: Command, cli: Cli): void {
  define(
    parent,
    'prune [vm...]',
    "Remove backups that no rule keeps. Says only what it would do, and why, unless --apply is given. A VM's newest good backup is never removed.",
    {
      endings: operationEndings,
      schedulable: true,
      examples: [
        ["what the repository's own rules would remove", 'stackhand vm prune --host kvm1'],
        ['by other rules, of one VM', 'stackhand vm prune web01 --host kvm1 --keep-last 3 --keep-weekly 4'],
        ['do it', 'stackhand vm prune --host kvm1 --keep-daily 7 --keep-monthly 12 --apply'],
      ],
    },
  )
    .addOption(hostOption())
    .addOption(repositoryOption('--from <repository>'))
    .option('--keep-last <n>', "the newest n; rules said here replace the repository's own", count)
    .option('--keep-daily <n>', 'the newest of each of n days', count)
    .option('--keep-weekly <n>', 'the newest of each of n weeks', count)
    .option('--keep-monthly <n>', 'the newest of each of n months', count)
    .option('--apply', 'remove them')
    .addOption(yesOption())
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (named: string[], options: Options) => {
      const host = await chosenHost(cli, options.host);
      const { from: repository, apply } = options;
      const vms = named.length === 0 ? undefined : named;
      const input = given<VmPrune>({ host, repository, keep: keepRules(options), vms, apply });
      if (apply === true && cli.out.settings.interactive && !cli.planning && options.yes !== true)
        if (
          !(await cli.ask.confirm(
            `Remove backups on ${oneLine(host)} for good? Without --apply this only says which`,
            false,
          ))
        )
          throw new Declined();
      await cli.start(operation, input, options);
    });
}

function keepRules({ keepLast, keepDaily, keepWeekly, keepMonthly }: Options): KeepRules | undefined {
  const rules = given<KeepRules>({ last: keepLast, daily: keepDaily, weekly: keepWeekly, monthly: keepMonthly });
  return Object.keys(rules).length === 0 ? undefined : rules;
}
