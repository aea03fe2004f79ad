import type { Command } from 'commander';
import type { DomainSummary } from '../../contracts/vm.ts';
import { formatAge, formatBytes } from '../../domain/format.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { problemLines, problemOf } from '../errors.ts';
import { readEndings } from '../exit-codes.ts';
import { columns, oneLine } from '../render/text.ts';
import { hostOption } from './shared.ts';
import { eachHost } from './hosts.ts';

export function vmList(parent: Command, cli: Cli): void {
  define(
    parent,
    'list',
    'Every VM of a host, or of all hosts of the config: state, disks, and its newest good backup.',
    {
      endings: [...readEndings.slice(0, 3), 'partial', ...readEndings.slice(3)],
      instead: { failed: 'no host could be looked at', partial: 'some hosts could not be looked at' },
      examples: [
        ['all hosts of the config', 'stackhand vm list'],
        [
          'VMs that were never backed up',
          "stackhand vm list --json | jq -r '.[].vms[] | select(.lastBackup == null) | .name'",
        ],
      ],
    },
  )
    .addOption(hostOption())
    .action(async (options: { host?: string }) => {
      const found = await eachHost(cli, options.host, (host) => cli.inspect<'vms'>({ what: 'vms', host }));
      const answer = found.map((each) =>
        'error' in each ? { host: each.host, error: problemOf(each.error) } : { host: each.host, vms: each.value },
      );
      cli.out.answer(answer, (colour) => {
        const rows = found.flatMap((each) => ('error' in each ? [] : each.value.map((vm) => row(each.host, vm))));
        if (rows.length === 0) return found.some((each) => 'value' in each) ? ['no VMs'] : [];
        const table = columns(['HOST', 'NAME', 'STATE', 'DISKS', 'SIZE', 'USED', 'LAST GOOD BACKUP'], rows);
        return table.map((line, index) => (index === 0 ? colour.bold(line) : line));
      });
      for (const each of found)
        if ('error' in each) cli.out.error(problemLines(problemOf(each.error), cli.out.storyColour));
      const failed = found.filter((each) => 'error' in each).length;
      if (failed > 0) cli.end(failed === found.length ? 'failed' : 'partial');
    });
}

function row(host: string, vm: DomainSummary): string[] {
  const sum = (key: 'size' | 'allocated'): string =>
    formatBytes(vm.disks.reduce((total, disk) => total + disk[key], 0));
  return [
    oneLine(host),
    oneLine(vm.name),
    vm.state,
    vm.disks.map((disk) => disk.target).join(' ') || '-',
    sum('size'),
    sum('allocated'),
    vm.problem === undefined ? formatAge(vm.lastBackup?.at, new Date()) : oneLine(vm.problem),
  ];
}
