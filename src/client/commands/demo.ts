import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { localEndings } from '../exit-codes.ts';

interface Options {
  readonly once?: boolean;
  readonly directory?: string;
}

export function demo(parent: Command, cli: Cli): void {
  define(
    parent,
    'demo',
    'Show a backup that survives its worker, on a practice site: real SSH, archives and checksums; virsh and the mount are stand-ins. Starts a Temporal server, a worker and the site, all its own, kills the worker in the middle of the archive, and stays up for a look around until Ctrl-C. Then it ends and removes what it started. Fetches the Temporal program the first time.',
    {
      endings: localEndings,
      instead: {
        done: 'everything that was promised held',
        failed: "something that was promised didn't hold, or couldn't be shown",
      },
      examples: [
        ['the show, then a look around', 'stackhand demo'],
        ['the show alone, as a check of this machine', 'stackhand demo --once'],
      ],
    },
  )
    .option('--once', 'end after the show')
    .option('--directory <directory>', 'where all of it lies (default: below /var/tmp); removed in the end')
    .action(async ({ once, directory }: Options) => {
      const { runDemo } = await import('../demo-process.ts');
      const words = [
        ...(once === true ? ['--once'] : []),
        ...(directory === undefined ? [] : ['--directory', directory]),
      ];
      const held = (await runDemo(words, cli.out.settings)) === 0;
      cli.out.answer({ held }, () => []);
      if (!held) cli.end('failed');
    });
}
