import type { Command } from 'commander';
import { Option } from 'commander';
import { flavorImport as operation } from '../../contracts/flavor.schema.ts';
import type { FlavorImport } from '../../contracts/flavor.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { importFormats } from '../flavors/formats.ts';
import type { ImportFormat } from '../flavors/formats.ts';
import { given } from '../input.ts';
import { checkScheduled, cloudOption, warnOfShellCloud } from './server-options.ts';
import { detachOption, reasonOption, yesOption } from './shared.ts';

interface Options {
  readonly cloud?: string;
  readonly format?: ImportFormat;
  readonly replace?: boolean;
  readonly evenInUse?: boolean;
  readonly planOnly?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
  readonly detach?: boolean;
}

export function flavorImport(parent: Command, cli: Cli): void {
  define(
    parent,
    'import <file>',
    'Make the flavors of a file: lines of `name vcpus ram disk ephemeral`, or CSV, YAML or JSON. RAM and swap are MB, disks GB; 4G of RAM is understood. The whole file is checked first, and every wrong line is told. What is there and the same is left alone; what differs is told, and changed only with --replace.',
    {
      endings: operationEndings,
      instead: { partial: 'some failed, or differ from the file and were left', failed: 'none was made' },
      schedulable: true,
      examples: [
        ['shows the plan, and asks', 'stackhand flavor import flavors.txt'],
        ['only the plan: what is missing, what differs', 'stackhand flavor import flavors.yaml --plan-only'],
        ['from a script', 'stackhand flavor import flavors.csv --yes'],
      ],
    },
  )
    .addOption(cloudOption())
    .addOption(
      new Option('--format <format>', "what the file is; by its name's ending otherwise").choices(importFormats),
    )
    .option('--replace', 'make flavors that differ what the file says, anew where Nova changes no such field')
    .option('--even-in-use', 'with --replace: also those that servers use; the servers keep what they have')
    .option('--plan-only', 'make the plan and show it; nothing is touched')
    .addOption(yesOption())
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (file: string, options: Options) => {
      checkScheduled(cli, options);
      warnOfShellCloud(cli, options.cloud);
      const { cloud, replace, evenInUse, planOnly, yes: approved, detach, reason } = options;
      const { readFlavorFile } = await import('../flavors/flavor-file.ts');
      const flavors = readFlavorFile(file, options.format);
      const input = given<FlavorImport>({ cloud, flavors, replace, evenInUse, planOnly, approved });
      await cli.start(operation, input, { detach, reason });
    });
}
