import { extname } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { CloudInspect } from '../../contracts/inspect.ts';
import type { Cli } from '../cli.ts';
import { define } from '../define.ts';
import { readEndings } from '../exit-codes.ts';
import { exportFormats } from '../flavors/formats.ts';
import type { ExportFormat } from '../flavors/formats.ts';
import { given } from '../input.ts';
import { writeFile } from '../write-file.ts';
import { cloudOption, warnOfShellCloud } from './server-options.ts';

interface Options {
  readonly cloud?: string;
  readonly format?: ExportFormat;
  readonly out?: string;
}

export function flavorExport(parent: Command, cli: Cli): void {
  define(
    parent,
    'export',
    'Write every flavor, with properties and access, as a file that `flavor import` takes: of the same cloud, it finds nothing to do.',
    {
      endings: readEndings,
      examples: [
        ['to look at', 'stackhand flavor export'],
        ['to another cloud', 'stackhand flavor export --cloud old --out flavors.yaml'],
        ['for a spreadsheet', 'stackhand flavor export --format csv --out flavors.csv'],
      ],
    },
  )
    .addOption(cloudOption())
    .addOption(
      new Option('--format <format>', "what is written; by the file's ending, or yaml otherwise").choices(
        exportFormats,
      ),
    )
    .option('--out <file>', 'write it to this file, rather than to stdout')
    .action(async ({ cloud, format, out }: Options) => {
      warnOfShellCloud(cli, cloud);
      const kind = format ?? formatOf(out);
      const found = await cli.inspect<'flavors'>(
        given<Extract<CloudInspect, { what: 'flavors' }>>({ what: 'flavors', cloud }),
      );
      const { flavorText } = await import('../flavors/flavor-file.ts');
      const text = flavorText(found.flavors, kind);
      if (out === undefined) {
        if (cli.out.settings.json) cli.out.answer(found, () => []);
        else cli.out.streams.stdout.write(text);
        return;
      }
      writeFile(out, text);
      cli.out.answer({ ...found, file: out }, () => [`${String(found.flavors.length)} flavors to ${out}`]);
    });
}

function formatOf(file: string | undefined): ExportFormat {
  if (file === undefined) return 'yaml';
  const ending = extname(file).slice(1).toLowerCase();
  const format = ending === 'yml' ? 'yaml' : exportFormats.find((each) => each === ending);
  if (format !== undefined) return format;
  throw new Fault('InvalidInput', `${file} has no ending that says what to write`, {
    remedy: 'say --format, or call it .yaml, .json or .csv: so an import knows what it is',
  });
}
