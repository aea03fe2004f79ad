import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import { flavorImport as operation } from '../../contracts/flavor.schema.ts';
import type { FlavorImport, FlavorSpec } from '../../contracts/flavor.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { askFlavor } from '../flavors/ask-flavor.ts';
import { flavorsOf } from '../flavors/rows.ts';
import { collect, given, keyAndValue } from '../input.ts';
import { cloudOption, warnOfShellCloud } from './server-options.ts';
import { detachOption, reasonOption } from './shared.ts';

interface Options {
  readonly cloud?: string;
  readonly vcpus?: string;
  readonly ram?: string;
  readonly disk?: string;
  readonly ephemeral?: string;
  readonly swap?: string;
  readonly id?: string;
  readonly private?: boolean;
  readonly project?: readonly string[];
  readonly property?: readonly string[];
  readonly description?: string;
  readonly reason?: string;
  readonly detach?: boolean;
}

export function flavorCreate(parent: Command, cli: Cli): void {
  define(
    parent,
    'create [name]',
    'Make one flavor, whole: with its properties and the projects that may use it, or not at all. One of that name that is the same is left alone. On a terminal without anything said it asks, field by field.',
    {
      endings: operationEndings,
      instead: { partial: 'one of that name is there, and different', failed: 'it was not made' },
      schedulable: true,
      examples: [
        ['2 vCPUs, 4 GB of RAM, 20 GB of disk', 'stackhand flavor create m1.medium --vcpus 2 --ram 4G --disk 20'],
        [
          'for one project, on pinned CPUs',
          'stackhand flavor create db.large --vcpus 8 --ram 32G --disk 80 --private --project db --property hw:cpu_policy=dedicated',
        ],
        ['asks for each field', 'stackhand flavor create'],
      ],
    },
  )
    .addOption(cloudOption())
    .option('--vcpus <n>', 'virtual CPUs')
    .option('--ram <size>', 'MB, or with a unit: 4096, 4G')
    .option('--disk <size>', 'GB of the root disk; 0 is as large as the image')
    .option('--ephemeral <size>', 'GB of a second disk that dies with the server')
    .option('--swap <size>', 'MB of swap')
    .option('--id <id>', 'its id; one is made up otherwise')
    .option('--private', 'only for the projects said with --project')
    .option('--project <project>', 'a project that may use it, by name or id (repeatable)', collect)
    .option('--property <key=value>', 'an extra spec, such as hw:cpu_policy=dedicated (repeatable)', collect)
    .option('--description <text>', 'in words, for the people who choose it')
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (name: string | undefined, options: Options) => {
      warnOfShellCloud(cli, options.cloud);
      const flavor = await flavorSaid(cli, name, options);
      const { cloud, detach, reason } = options;
      const input = given<FlavorImport>({ cloud, flavors: [flavor], approved: true });
      await cli.start(operation, input, { detach, reason });
    });
}

async function flavorSaid(cli: Cli, name: string | undefined, options: Options): Promise<FlavorSpec> {
  const { vcpus, ram, disk, ephemeral, swap, id, description, project, property } = options;
  const said = given<Record<string, string>>({ name, vcpus, ram, disk, ephemeral, swap, id, description });
  if (Object.keys(said).length === 0 && cli.out.settings.interactive && !cli.planning) return askFlavor(cli.ask);
  if (project !== undefined && options.private !== true)
    throw new Fault('InvalidInput', '--project is about flavors that are not public', { remedy: 'say --private too' });
  const { flavors, problems } = flavorsOf([
    {
      line: 1,
      fields: { ...said, ...(options.private === true ? { public: 'no' } : {}) },
      ...(project === undefined ? {} : { projects: project }),
      ...(property === undefined
        ? {}
        : { properties: Object.fromEntries(property.map((text) => keyAndValue('--property', text))) }),
    },
  ]);
  const [flavor] = flavors;
  if (flavor === undefined) throw new Fault('InvalidInput', problems.map(({ message }) => message).join('; '));
  return flavor;
}
