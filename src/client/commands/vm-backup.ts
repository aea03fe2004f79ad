import { Option } from 'commander';
import type { Command } from 'commander';
import { vmBackup as one, vmBackups as several } from '../../contracts/vm-backup.schema.ts';
import type { BackupOptions, VmBackup, VmBackups } from '../../contracts/vm-backup.ts';
import { agreedShutdown, chosenVms } from '../agree.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { operationEndings } from '../exit-codes.ts';
import { bytesPerSecond, collect, given, seconds, whole } from '../input.ts';
import { chosenHost, detachOption, hostOption, reasonOption, repositoryOption } from './shared.ts';

interface Options extends BackupOptions {
  readonly host?: string;
  readonly to?: string;
  readonly all?: boolean;
  readonly exclude?: string[];
  readonly parallel?: number;
  readonly detach?: boolean;
  readonly reason?: string;
}

export function vmBackup(parent: Command, cli: Cli): void {
  define(
    parent,
    'backup [name...]',
    'Back up VMs: mount the share, shut down, archive each disk, verify, start, unmount. Ends with the VM as it was, whatever happens. Without a name, asks on a terminal.',
    {
      endings: operationEndings,
      schedulable: true,
      examples: [
        ['one VM, to a share', 'stackhand vm backup web01 --host root@kvm1 --to 192.168.100.10:/backup --shutdown'],
        [
          'all but the test VMs, two at a time',
          "stackhand vm backup --all --exclude 'test-*' --host kvm1 --to nas --shutdown --parallel 2",
        ],
        ['as short an outage as can be', 'stackhand vm backup web01 --shutdown --start-early'],
        ['start it and go home', 'stackhand vm backup web01 --shutdown --detach --reason "before the upgrade"'],
      ],
    },
  )
    .addOption(hostOption())
    .addOption(repositoryOption('--to <repository>'))
    .option('--all', 'every VM of the host')
    .option('--exclude <glob>', 'with --all: not these; may be repeated', collect)
    .option('--shutdown', 'a running VM may be shut down; without it, asks on a terminal and refuses elsewhere')
    .option('--shutdown-timeout <time>', 'how long a guest may take to power off, such as 5m', seconds)
    .option('--force-off', 'cut its power when that time is over, rather than give up')
    .addOption(
      new Option('--after <state>', 'afterwards, whatever it was before: start it, or leave it off').choices([
        'start',
        'leave',
      ]),
    )
    .option('--start-early', 'start it when its last disk is read, before the verification')
    .option(
      '--guard-after <time>',
      'the host itself starts the VM when no worker was there for so long, such as 10m',
      seconds,
    )
    .addOption(
      new Option(
        '--verify <mode>',
        'read the archives back; compare them with the disks; or none (never counts as good)',
      ).choices(['read', 'compare', 'none']),
    )
    .addOption(new Option('--compression <kind>', 'of the archives').choices(['zstd', 'gzip', 'none']))
    .option('--level <n>', 'of the compression: 1 to 19 for zstd, 1 to 9 for gzip', whole(1, 19))
    .option('--bandwidth <rate>', 'read no faster than this, such as 50M/s', bytesPerSecond)
    .option('--idle', 'archive at low CPU and disk priority')
    .option('--keep-partial', 'keep the unfinished directory of a failed backup, for a look')
    .option('--discard-managed-save', 'drop a saved state (virsh managedsave) that is in the way')
    .option('--parallel <n>', 'so many VMs at a time', whole(1, 32))
    .addOption(reasonOption())
    .addOption(detachOption())
    .action(async (names: string[], options: Options) => {
      const host = await chosenHost(cli, options.host);
      const vms = await chosenVms(cli, host, names, options.all === true);
      const shutdown = await agreedShutdown(cli, host, { vms, exclude: options.exclude ?? [] }, options.shutdown);
      const shared = { host, repository: options.to, ...backupOptions(options), shutdown };
      const [first] = vms ?? [];
      if (vms?.length === 1 && first !== undefined && options.exclude === undefined)
        return cli.start(one, given<VmBackup>({ ...shared, vm: first }), options);
      const { all, exclude, parallel } = options;
      return cli.start(several, given<VmBackups>({ ...shared, vms, all, exclude, parallel }), options);
    });
}

function backupOptions(options: Options): { [K in keyof BackupOptions]: BackupOptions[K] | undefined } {
  const { shutdownTimeout, forceOff, after, startEarly, discardManagedSave, guardAfter } = options;
  const { compression, level, verify, bandwidth, idle, keepPartial } = options;
  return {
    ...{ shutdownTimeout, forceOff, after, startEarly, discardManagedSave, guardAfter },
    ...{ compression, level, verify, bandwidth, idle, keepPartial },
  };
}
