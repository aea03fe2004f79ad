import { Option } from 'commander';
import type { Cli } from '../cli.ts';
import { namesOf } from '../completion/values.ts';
import { Fault } from '../../contracts/faults.ts';
import { oneLine } from '../render/text.ts';

export const hostOption = (): Option =>
  namesOf(
    'hosts',
    new Option('--host <host>', 'a host of the config, or USER@ADDRESS; not needed where the config has just one'),
  );

export const repositoryOption = (flag: string): Option =>
  namesOf(
    'repositories',
    new Option(
      flag,
      "a repository of the config, SERVER:/PATH, or a directory of the host; the config's default otherwise",
    ),
  );

export const detachOption = (): Option =>
  new Option('--detach', 'print the id and return, rather than follow to the end');

export const reasonOption = (): Option => new Option('--reason <text>', 'why, for the report and the Web UI');

export const yesOption = (): Option => new Option('-y, --yes', 'do not ask');

/** The host that is meant; where none was named, the only one that the worker knows. */
export async function chosenHost(cli: Cli, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  const { hosts } = await cli.inspect<'hosts'>({ what: 'hosts' });
  const [only] = hosts;
  if (only === undefined)
    throw new Fault('InvalidInput', "say which host: the worker's config names none", {
      remedy: '--host USER@ADDRESS, or name your hosts in a config file: stackhand init',
    });
  if (hosts.length === 1) return only.name;
  if (cli.out.settings.interactive && !cli.planning)
    return cli.ask.one(
      'On which host?',
      hosts.map(({ name, address }) => ({ value: name, label: oneLine(name), hint: oneLine(address) })),
    );
  throw new Fault('InvalidInput', 'say which host: the config has several', {
    candidates: hosts.map(({ name }) => name),
    remedy: '--host HOST',
  });
}
