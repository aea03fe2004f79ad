import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { vmRestore as operation } from '../../contracts/vm-restore.schema.ts';
import type { VmRestore } from '../../contracts/vm-restore.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { Declined } from '../errors.ts';
import { operationEndings } from '../exit-codes.ts';
import { given, seconds } from '../input.ts';
import { oneLine } from '../render/text.ts';
import { chosenHost, detachOption, hostOption, reasonOption, repositoryOption, yesOption } from './shared.ts';

interface Options {
  readonly host?: string;
  readonly from?: string;
  readonly name?: string;
  readonly directory?: string;
  readonly device?: Record<string, string>;
  readonly boot?: boolean;
  readonly connect?: boolean;
  readonly shutdown?: boolean;
  readonly shutdownTimeout?: number;
  readonly forceOff?: boolean;
  readonly yes?: boolean;
  readonly detach?: boolean;
  readonly reason?: string;
}

export function vmRestore(parent: Command, cli: Cli): void {
  define(
    parent,
    'restore <backup>',
    'Restore a backup (its path as `vm backups` lists it, or a VM for its newest good one) under its own name or another. No file is overwritten: the old disks stay beside the restored ones, and the report names them. Only a block device named with --device is written over.',
    {
      endings: operationEndings,
      schedulable: true,
      examples: [
        ['the newest good backup, and see it run', 'stackhand vm restore web01 --host kvm1 --boot --shutdown'],
        [
          'a copy beside it, without network',
          'stackhand vm restore web01 --name web01-test --directory /var/lib/libvirt/images/test --host kvm1',
        ],
        ['a block device onto a new volume', 'stackhand vm restore db01 --device vdb=/dev/vg0/db01-data --host kvm1'],
      ],
    },
  )
    .addOption(hostOption())
    .addOption(repositoryOption('--from <repository>'))
    .option('--name <name>', 'another name: new UUID and MACs, no autostart, network links down')
    .option('--directory <directory>', 'where the disks go; where they were otherwise')
    .option('--device <target=path>', 'a block device to write that disk to; may be repeated', device)
    .option('--boot', 'start it, and see it running; if it does not, everything is put back')
    .option('--connect', 'with --name: leave its network links up')
    .option('--shutdown', 'a running VM of that name may be shut down')
    .option('--shutdown-timeout <time>', 'how long it may take to power off, such as 5m', seconds)
    .option('--force-off', 'cut its power when that time is over, rather than give up')
    .addOption(yesOption())
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (backup: string, options: Options) => {
      const host = await chosenHost(cli, options.host);
      const {
        from: repository,
        name,
        directory,
        device: devices,
        boot,
        connect,
        shutdown,
        shutdownTimeout,
        forceOff,
      } = options;
      const input = given<VmRestore>({
        ...{ host, repository, backup, name, directory, devices },
        ...{ boot, connect, shutdown, shutdownTimeout, forceOff },
      });
      if (cli.out.settings.interactive && !cli.planning && options.yes !== true)
        if (!(await cli.ask.confirm(question(input), false))) throw new Declined();
      await cli.start(operation, input, options);
    });
}

function question({ host, backup, name, directory, devices, shutdown }: VmRestore): string {
  const as = name === undefined ? 'in the place of the VM it was taken from' : `as ${oneLine(name)}`;
  const parts = [
    `Restore ${oneLine(backup)} on ${oneLine(host)} ${as}`,
    directory === undefined ? '' : `, disks in ${oneLine(directory)}`,
    shutdown === true ? ', shutting down a VM of that name' : '',
    devices === undefined ? '' : `, OVERWRITING ${Object.values(devices).map(oneLine).join(', ')}`,
  ];
  return `${parts.join('')}?`;
}

function device(text: string, before: Record<string, string> | undefined): Record<string, string> {
  const [, target, path] = /^(\w+)=(\/.+)$/.exec(text) ?? [];
  if (target === undefined || path === undefined)
    throw new InvalidArgumentError('Expected a target of the VM and an absolute path, such as vdb=/dev/vg0/data.');
  return { ...before, [target]: path };
}
