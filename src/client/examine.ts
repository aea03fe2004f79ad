import type { Check, Inspect } from '../contracts/inspect.ts';
import { configCheck, finding, siteChecks, temporalChecks, versions } from './checks.ts';
import type { Cli } from './cli.ts';
import { given } from './input.ts';

export interface Examined {
  readonly host?: string;
  readonly to?: string;
}

/** All checks of `doctor`, each as soon as it is known; what can't be looked at for a failed one is left out. */
export async function* examine(cli: Cli, { host, to }: Examined): AsyncGenerator<Check> {
  yield* [await versions(), await configCheck(cli.out.settings.config)];
  let own: Check[];
  try {
    own = await temporalChecks(await cli.temporal());
  } catch (error) {
    yield finding('Temporal', error);
    return;
  }
  yield* own;
  // Only a worker that can be asked may reach the hosts.
  if (own.some(({ status }) => status === 'failed')) return;
  try {
    yield* await cli.inspect<'records'>({ what: 'records' });
  } catch (error) {
    yield finding('records', error);
  }
  const names: string[] = [];
  try {
    const { hosts } = await cli.inspect<'hosts'>({ what: 'hosts' });
    yield* await siteChecks(await cli.temporal(), hosts);
    names.push(...(host === undefined ? hosts.map(({ name }) => name) : [host]));
  } catch (error) {
    yield finding('hosts', error);
  }
  if (names.length === 0) cli.out.story("no hosts: the worker's config names none; check one with --host USER@ADDRESS");
  for (const name of names) {
    try {
      const input = { what: 'checks', host: name, repository: to } as const;
      yield* await cli.inspect<'checks'>(given<Extract<Inspect, { what: 'checks' }>>(input));
    } catch (error) {
      yield finding(name, error);
    }
  }
}
