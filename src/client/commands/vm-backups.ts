import type { Command } from 'commander';
import type { Backup } from '../../contracts/vm.ts';
import { isOf } from '../../domain/choose-backups.ts';
import { formatAge, formatBytes } from '../../domain/format.ts';
import { nearest } from '../../domain/nearest.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { given } from '../input.ts';
import type { Colours } from '../output.ts';
import { columns, oneLine } from '../render/text.ts';
import { chosenHost, hostOption, repositoryOption } from './shared.ts';

interface Options {
  readonly host?: string;
  readonly from?: string;
}

export function vmBackups(parent: Command, cli: Cli): void {
  define(
    parent,
    'backups [vm...]',
    'What a repository holds. What is unfinished, damaged or not ours is marked, and never pruned.',
    {
      endings: readEndings,
      examples: [
        ['all of the default repository', 'stackhand vm backups --host kvm1'],
        ['those of one VM, on a share', 'stackhand vm backups web01 --host root@kvm1 --from 192.168.100.10:/backup'],
        [
          'the path of the newest good one',
          'stackhand vm backups web01 --json | jq -r \'[.backups[] | select(.status == "good")] | max_by(.takenAt).path\'',
        ],
      ],
    },
  )
    .addOption(hostOption())
    .addOption(repositoryOption('--from <repository>'))
    .action(async (vms: string[], options: Options) => {
      const host = await chosenHost(cli, options.host);
      const { from: repository } = options;
      const found = await cli.inspect<'backups'>(
        given<{ what: 'backups'; host: string; repository?: string }>({ what: 'backups', host, repository }),
      );
      const backups =
        vms.length === 0 ? found.backups : found.backups.filter((backup) => vms.some((wanted) => isOf(wanted, backup)));
      cli.out.answer({ host, repository: found.repository, backups }, (colour) => {
        if (vms.length === 0 && backups.length === 0) return ['no backups'];
        const without = vms
          .filter((wanted) => !backups.some((backup) => isOf(wanted, backup)))
          .map((vm) => noneOf(vm, found.backups));
        if (backups.length === 0) return without;
        const rows = backups.map((backup) => row(backup));
        const table = columns(['STATUS', 'VM', 'TAKEN', 'SIZE', 'PATH'], rows);
        return [...table.map((line, index) => painted(line, backups[index - 1]?.status, colour)), ...without];
      });
    });
}

/** Never backed up, or misspelt: the names that are near tell which. */
function noneOf(vm: string, all: readonly Backup[]): string {
  const near = nearest(
    vm,
    all.flatMap((backup) => backup.vm ?? []),
  );
  return `no backups of ${oneLine(vm)}${near.length === 0 ? '' : `; there are some of ${near.map(oneLine).join(', ')}`}`;
}

function row({ path, status, takenAt, vm, bytes, why }: Backup): string[] {
  return [
    status,
    oneLine(vm ?? '-'),
    takenAt === undefined ? '-' : formatAge(takenAt, new Date()),
    bytes === undefined ? '-' : formatBytes(bytes),
    oneLine(path) + (why === undefined ? '' : `  (${oneLine(why)})`),
  ];
}

function painted(line: string, status: Backup['status'] | undefined, colour: Colours): string {
  if (status === undefined) return colour.bold(line);
  if (status === 'good') return line;
  return status === 'damaged' ? colour.red(line) : colour.yellow(line);
}
