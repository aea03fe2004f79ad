import type { Command } from 'commander';
import { formatBytes } from '../../domain/format.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { columns, oneLine } from '../render/text.ts';
import { cloudOption } from './server-options.ts';

export function hostList(parent: Command, cli: Cli): void {
  define(
    parent,
    'list',
    'The compute hosts of a cloud: whether they are up and may be used, why not, and what they have left.',
    {
      endings: readEndings,
      examples: [['before a drain', 'stackhand host list --cloud production']],
    },
  )
    .addOption(cloudOption())
    .action(async ({ cloud }: { cloud?: string }) => {
      const found = await cli.inspect<'compute hosts'>({
        what: 'compute hosts',
        ...(cloud === undefined ? {} : { cloud }),
      });
      cli.out.answer(found, (colour) =>
        columns(
          ['HOST', 'ZONE', 'STATE', 'SCHEDULING', 'SERVERS', 'RAM FREE', 'REASON'],
          found.hosts.map(({ name, zone, up, enabled, servers, ram, ramUsed, disabledReason, forcedDown }) => [
            oneLine(name),
            oneLine(zone),
            up ? 'up' : colour.red(forcedDown ? 'down (forced)' : 'down'),
            enabled ? 'enabled' : colour.yellow('disabled'),
            servers === undefined ? '' : String(servers),
            ram === undefined || ramUsed === undefined ? '' : formatBytes((ram - ramUsed) * 1024 * 1024),
            oneLine(disabledReason ?? ''),
          ]),
        ),
      );
    });
}
