import type { Command } from 'commander';
import { vmVerify as operation } from '../../contracts/vm-verify.schema.ts';
import type { VmVerify } from '../../contracts/vm-verify.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { given } from '../input.ts';
import { chosenHost, detachOption, hostOption, reasonOption, repositoryOption } from './shared.ts';

interface Options {
  readonly host?: string;
  readonly from?: string;
  readonly all?: boolean;
  readonly detach?: boolean;
  readonly reason?: string;
}

export function vmVerify(parent: Command, cli: Cli): void {
  define(
    parent,
    'verify [backup...]',
    'Read backups again and hold them against their manifests: paths as `vm backups` lists them, or VM names for their newest.',
    {
      endings: operationEndings,
      schedulable: true,
      instead: { failed: 'failed: nothing could be verified', partial: 'some are damaged' },
      examples: [
        ["a VM's newest backup", 'stackhand vm verify web01 --host kvm1'],
        ['everything, as a Sunday job', 'stackhand vm verify --all --host kvm1 --from nas --detach'],
      ],
    },
  )
    .addOption(hostOption())
    .addOption(repositoryOption('--from <repository>'))
    .option('--all', 'every backup of the repository')
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (named: string[], options: Options) => {
      const host = await chosenHost(cli, options.host);
      const { from: repository, all } = options;
      const backups = named.length === 0 ? undefined : named;
      await cli.start(operation, given<VmVerify>({ host, repository, backups, all }), options);
    });
}
