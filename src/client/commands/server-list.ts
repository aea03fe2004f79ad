import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { given } from '../input.ts';
import { columns, oneLine } from '../render/text.ts';
import type { CloudInspect } from '../../contracts/inspect.ts';
import { addSelection, selectionOf, warnOfShellCloud } from './server-options.ts';
import type { SelectionOptions } from './server-options.ts';

export function serverList(parent: Command, cli: Cli): void {
  const command = define(
    parent,
    'list',
    'The servers that a selection means, as the cloud shows them now: what the other commands would decide about.',
    {
      endings: readEndings,
      examples: [
        ['of a compute host', 'stackhand server list --host compute1'],
        ['what a pattern means', "stackhand server list --name 'web-*' --exclude web-01 --cloud production"],
      ],
    },
  );
  addSelection(command).action(async (options: SelectionOptions) => {
    warnOfShellCloud(cli, options.cloud);
    const selection = selectionOf(options) ?? { all: true };
    const found = await cli.inspect<'servers'>(
      given<Extract<CloudInspect, { what: 'servers' }>>({ what: 'servers', cloud: options.cloud, selection }),
    );
    for (const glob of found.unusedExcludes) cli.out.warn(`--exclude ${glob} excludes nothing`);
    if (found.total > found.servers.length)
      cli.out.warn(`${String(found.total)} servers; the first ${String(found.servers.length)} are shown`);
    cli.out.answer(found, () =>
      columns(
        ['NAME', 'STATUS', 'HOST', 'PROJECT', 'ID'],
        found.servers.map(({ name, status, taskState, host, project, id, locked }) => [
          oneLine(name),
          [status, taskState === null ? '' : `(${taskState})`, locked ? 'locked' : ''].filter(Boolean).join(' '),
          host ?? '',
          oneLine(project),
          id,
        ]),
      ),
    );
  });
}
