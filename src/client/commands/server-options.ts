import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Option } from 'commander';
import { Fault } from '../../contracts/faults.ts';
import type { ServerHow, ServerLimits, ServerOperation, ServerSelection } from '../../contracts/server-operation.ts';
import type { Cli } from '../cli.ts';
import { namesOf } from '../completion/values.ts';
import { collect, given, keyAndValue, seconds, whole } from '../input.ts';
import { detachOption, reasonOption, yesOption } from './shared.ts';

export const cloudOption = (): Option =>
  namesOf(
    'clouds',
    new Option(
      '--cloud <cloud>',
      "a cloud of the config or of the worker's clouds.yaml, or the path of an adminrc there; the only one otherwise",
    ),
  );

export interface SelectionOptions {
  readonly cloud?: string;
  readonly host?: string;
  readonly project?: string;
  readonly all?: boolean;
  readonly name?: readonly string[];
  readonly id?: readonly string[];
  readonly idsFrom?: string;
  readonly status?: readonly string[];
  readonly tag?: readonly string[];
  readonly metadata?: readonly string[];
  readonly exclude?: readonly string[];
}

/** Which servers: what is said narrows, and something has to be said. */
export function addSelection(command: Command): Command {
  return command
    .addOption(cloudOption())
    .option('--host <host>', 'of this compute host; its first label will do where that is unique')
    .option('--project <project>', 'of this project, by name or id')
    .option('--all', 'every server that the user sees')
    .option('--name <pattern>', 'with that name; *, ?, [a-c] and {a,b} are understood (repeatable)', collect)
    .option('--id <id>', 'with that id (repeatable)', collect)
    .option('--ids-from <file>', 'with the ids in this file of this machine, one a line; - reads stdin')
    .option('--status <status>', 'in that status, such as ACTIVE (repeatable)', collect)
    .option('--tag <tag>', 'that has this tag; all of them, where several are said', collect)
    .option('--metadata <key=value>', 'that has this metadata (repeatable)', collect)
    .option('--exclude <pattern>', 'leave out servers of this name or id (repeatable)', collect);
}

/** Undefined where nothing was said. */
export function selectionOf(options: SelectionOptions): ServerSelection | undefined {
  const ids = [...(options.id ?? []), ...(options.idsFrom === undefined ? [] : idsIn(options.idsFrom))];
  const { host, project, all, name: names, status, tag: tags, exclude } = options;
  const metadata =
    options.metadata === undefined
      ? undefined
      : Object.fromEntries(options.metadata.map((text) => keyAndValue('--metadata', text)));
  const selection = given<ServerSelection>({
    ...{ host, project, all, names, status, tags, metadata, exclude },
    ids: ids.length === 0 ? undefined : ids,
  });
  return Object.keys(selection).length === 0 ? undefined : selection;
}

/** One id a line; what follows it (a name, as `openstack server list -f value` prints) is passed over, # begins a remark. */
function idsIn(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new Fault('InvalidInput', `--ids-from ${file} can't be read: ${code}`);
  }
  const ids = text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/)[0] ?? '')
    .filter((id) => id !== '');
  if (ids.length === 0) throw new Fault('InvalidInput', `--ids-from ${file} holds no id`);
  return ids;
}

export interface ApplyOptions {
  readonly planOnly?: boolean;
  readonly out?: string;
  readonly format?: 'json' | 'yaml' | 'shell';
  readonly yes?: boolean;
  readonly confirmCount?: number;
  readonly parallel?: number;
  readonly perHost?: number;
  readonly perTarget?: number;
  readonly canary?: number;
  readonly maxFailures?: string;
  readonly timeout?: number;
  readonly wait?: boolean;
  readonly detach?: boolean;
  readonly reason?: string;
}

/** How a plan is shown, approved and applied. */
export function addApplying(command: Command, { count }: { readonly count: boolean }): Command {
  command
    .option('--plan-only', 'make the plan and show it; nothing is touched')
    .option('--out <file>', 'with --plan-only: write the plan to this file, for `plan apply`')
    .addOption(
      new Option('--format <format>', 'of --plan-only: what a program reads, or the script of `openstack` commands')
        .choices(['json', 'yaml', 'shell'])
        .implies({ planOnly: true }),
    );
  if (count)
    command.option('--confirm-count <n>', 'agree to the plan if it has exactly so many servers', whole(1, 1_000_000));
  else command.addOption(yesOption());
  return command
    .option('--parallel <n>', 'servers in work at once', whole(1, 500))
    .option('--per-host <n>', 'servers in work at once, of one compute host', whole(1, 500))
    .option('--canary <n>', 'so many first; if one of them fails nothing more is begun', whole(1, 1000))
    .option('--max-failures <n>', 'begin nothing more once more than so many failed: a number, or 10%')
    .option('--timeout <duration>', 'so long may one server take, such as 5m (default: 10m; a migration 30m)', seconds)
    .option('--no-wait', 'end at once where another operation has one of the hosts, rather than wait for it')
    .addOption(reasonOption())
    .addOption(detachOption());
}

export const limitsOf = ({
  parallel,
  perHost,
  perTarget,
  canary,
  maxFailures,
}: ApplyOptions): ServerLimits | undefined => {
  const limits = given<ServerLimits>({ parallel, perHost, perTarget, canary, maxFailures });
  return Object.keys(limits).length === 0 ? undefined : limits;
};

/** What the command line agreed to before there was a plan; undefined where somebody has to be asked. */
export function approvalSaid({
  yes,
  confirmCount,
}: Pick<ApplyOptions, 'yes' | 'confirmCount'>): ServerOperation['approved'] {
  if (confirmCount !== undefined) return { count: confirmCount };
  return yes === true ? {} : undefined;
}

/** What every operation on servers is started with; `approved` where the command line agreed already. */
export function operationInput(
  options: ApplyOptions & Pick<SelectionOptions, 'cloud'>,
  source: ServerOperation['source'],
  how: ServerHow,
): ServerOperation {
  const said = given<ServerHow>({ ...how, timeout: options.timeout });
  return given<ServerOperation>({
    cloud: options.cloud,
    source,
    how: Object.keys(said).length === 0 ? undefined : said,
    limits: limitsOf(options),
    planOnly: options.planOnly,
    approved: approvalSaid(options),
    noWait: options.wait === false ? true : undefined,
  });
}

/** A schedule asks nobody, so its command has to say it. */
export function checkScheduled(cli: Cli, options: Pick<ApplyOptions, 'planOnly' | 'yes' | 'confirmCount'>): void {
  if (cli.planning && options.planOnly !== true && options.yes !== true && options.confirmCount === undefined)
    throw new Fault('InvalidInput', 'on a schedule nobody is asked', {
      remedy: 'say --yes, or --confirm-count where servers are deleted',
    });
}

/** Credentials are the worker's. Somebody who has sourced an adminrc here may think otherwise. */
export function warnOfShellCloud(cli: Cli, cloud: string | undefined): void {
  if (cloud !== undefined || cli.env['OS_AUTH_URL'] === undefined || cli.planning) return;
  cli.out.warn(
    "the cloud is the worker's, not the one of OS_AUTH_URL in this shell: say --cloud, or take it over with `stackhand cloud import`",
  );
}
