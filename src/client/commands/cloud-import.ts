import { homedir } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { localEndings } from '../exit-codes.ts';

export function cloudImport(parent: Command, cli: Cli): void {
  define(
    parent,
    'import [file]',
    'Take the OS_* of this shell, or an adminrc file, into the config of a worker on this machine: as a file that only its owner can read, and a name for --cloud. The file is read, never executed.',
    {
      endings: localEndings,
      examples: [
        ['what this shell has sourced', 'stackhand cloud import --name production'],
        ['a file', 'stackhand cloud import ~/adminrc --name lab'],
      ],
    },
  )
    .option('--name <name>', "its name for --cloud; the file's otherwise")
    .action(async (file: string | undefined, options: { name?: string }) => {
      const { importCloud, readRcFile, userConfigFile } = await import('../../config/index.ts');
      const variables = file === undefined ? cli.env : readRcFile(resolve(file));
      if (file === undefined && cli.env['OS_AUTH_URL'] === undefined)
        throw new Fault('InvalidInput', 'this shell has no OS_AUTH_URL', {
          remedy: 'source your adminrc first, or name the file: stackhand cloud import FILE',
        });
      const name = options.name ?? (file === undefined ? 'imported' : basename(file).replace(/[^A-Za-z0-9_.-]/g, '-'));
      const config = cli.out.settings.config ?? cli.env['STACKHAND_CONFIG'] ?? userConfigFile({ env: cli.env });
      const imported = await importCloud(name, variables, {
        config: resolve(config),
        home: homedir(),
        source: file ?? 'OS_* of this shell',
      });
      cli.out.story(
        `wrote ${imported.rc} and named it in ${imported.config}; restart the worker, then: --cloud ${name}`,
      );
      cli.out.answer(imported, () => [name]);
    });
}
