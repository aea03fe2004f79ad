import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Option } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import { healthChecks } from '../../contracts/health.ts';
import type { Cli } from '../cli.ts';
import type { WholeReport } from '../health-report.ts';
import { scopeOf } from '../render/health-words.ts';
import { writeFile } from '../write-file.ts';

export const htmlOption = (): Option => new Option('--html <file>', 'write the report as a web page of one file, too');

export const nagiosOption = (): Option =>
  new Option('--nagios', 'one line and the exit codes 0 to 3, as monitoring plug-ins have them');

export const siteOption = (): Option => new Option('--site <site>', 'hosts of this site alone');

export const onlyOption = (): Option =>
  new Option('--only <kinds...>', 'these checks alone').choices([...healthChecks]);

/** Told before the check, which may take minutes. */
export function checkPlace(file: string): void {
  try {
    accessSync(dirname(resolve(file)), constants.W_OK);
  } catch {
    throw new Fault('InvalidInput', `${file} can't be written: there is no such directory that this user may write`);
  }
}

/** Seconds: a nightly check that takes two hours is not late. */
const usualAge = 26 * 3600;

/** The report as the command's answer, and its verdict as the exit code. */
export async function answerReport(
  cli: Cli,
  { report, standing }: WholeReport,
  { html, nagios, maxAge }: { readonly html?: string; readonly nagios?: boolean; readonly maxAge?: number },
): Promise<void> {
  if (html !== undefined) {
    const { healthHtml } = await import('../render/health-html.ts');
    writeFile(html, healthHtml(report));
    cli.out.story(`wrote ${html}`);
  }
  if (nagios === true) {
    const { nagiosLine, standingLine } = await import('../render/health-nagios.ts');
    const { line, code } =
      standing === undefined
        ? nagiosLine(report)
        : standingLine(standing, { now: Date.now(), maxAge: maxAge ?? usualAge });
    cli.out.streams.stdout.write(`${line}\n`);
    cli.endAs(code);
    return;
  }
  const { healthLines } = await import('../render/health-table.ts');
  const { columns = 160 } = cli.out.streams.stdout;
  const newest = standing?.newest;
  if (newest !== undefined && newest.operation !== report.operation)
    cli.out.story(
      `a newer check, of ${scopeOf(newest)}: ${newest.verdict}; stackhand health report --run ${newest.operation.slice(0, 8)}`,
    );
  cli.out.answer(report, (colour) => healthLines(report, colour, { columns }));
  cli.end(report.verdict === 'ok' ? 'done' : 'partial');
}
