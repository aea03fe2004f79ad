import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { writeFile } from '../write-file.ts';

interface Options {
  readonly out?: string;
  readonly replace?: boolean;
}

export function healthBaseline(parent: Command, cli: Cli): void {
  define(
    parent,
    'baseline',
    'Learn which containers and services run now, and write them for review: named in the config as health.baseline, one that is missing is a finding.',
    {
      endings: [...readEndings, 'partial'],
      instead: { partial: 'not all could be looked at: what is missing is said' },
      examples: [
        ['to look at', 'stackhand health baseline'],
        ['to a file', 'stackhand health baseline --out health-baseline.yaml'],
      ],
    },
  )
    .option('--out <file>', 'write it to this file, rather than to stdout')
    .option('--replace', 'in the place of a file that is there')
    .action(async ({ out, replace }: Options) => {
      if (out !== undefined && replace !== true && existsSync(out))
        throw new Fault('InvalidInput', `${out} is there already`, {
          remedy: 'say --replace, or another name and compare the two',
        });
      const { baseline, notSeen, leftOut, file } = await cli.inspect<'health baseline'>({ what: 'health baseline' });
      for (const where of notSeen) cli.out.warn(`${where} could not be looked at, or not wholly`);
      for (const role of leftOut) cli.out.warn(`role ${role} is left out: not each of its hosts was seen`);
      const { baselineText } = await import('../../config/health-baseline.ts');
      const text = baselineText(baseline, new Date());
      if (notSeen.length > 0) cli.end('partial');
      if (out === undefined) {
        if (cli.out.settings.json) cli.out.answer({ baseline, notSeen, leftOut }, () => []);
        else cli.out.streams.stdout.write(text);
        return;
      }
      writeFile(out, text);
      if (file === undefined) cli.out.story(`name it in the worker's config: health: { baseline: ${out} }`);
      const roles = Object.entries(baseline.roles);
      cli.out.answer({ baseline, notSeen, leftOut, file: out }, () => [
        `${out}: ${roles.map(([role, { everywhere }]) => `${role} ${String(everywhere.length)} containers`).join(', ')}, ${String(baseline.services.length)} services`,
      ]);
    });
}
