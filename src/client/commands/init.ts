import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { localEndings } from '../exit-codes.ts';

export function init(parent: Command, cli: Cli): void {
  define(
    parent,
    'init [file]',
    'Write a config file with comments, to be filled in: hosts, backup repositories, defaults. By default where every command finds it.',
    {
      endings: localEndings,
      examples: [
        ['~/.config/stackhand/config.yaml', 'stackhand init'],
        ['for this directory alone', 'stackhand init stackhand.yaml'],
      ],
    },
  )
    .option('--force', 'overwrite a file that is there')
    .action(async (named: string | undefined, { force }: { force?: boolean }) => {
      const { configTemplate, userConfigFile } = await import('../../config/index.ts');
      const file = resolve(named ?? cli.out.settings.config ?? userConfigFile());
      try {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, configTemplate(), { flag: force === true ? 'w' : 'wx', mode: 0o600 });
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === 'EEXIST')
          throw new Fault('InvalidInput', `${file} is there already`, {
            remedy: 'name another file, or say --force to overwrite it',
          });
        throw new Fault('InvalidInput', `${file} can't be written: ${message}`, {
          remedy: 'name a file in a directory that you may write to',
        });
      }
      cli.out.story('fill in your hosts and repositories, then: stackhand doctor');
      cli.out.answer({ file }, () => [file]);
    });
}
