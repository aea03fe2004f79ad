import { Fault } from '../../contracts/faults.ts';
import type { Cli } from '../cli.ts';

export type PerHost<T> =
  { readonly host: string; readonly value: T } | { readonly host: string; readonly error: unknown };

/** The same look at the named host, or at every host of the config, side by side. One's failure hides no other. */
export async function eachHost<T>(
  cli: Cli,
  named: string | undefined,
  look: (host: string) => Promise<T>,
): Promise<PerHost<T>[]> {
  // With one host a failure is the answer.
  if (named !== undefined) return [{ host: named, value: await look(named) }];
  const { hosts } = await cli.inspect<'hosts'>({ what: 'hosts' });
  if (hosts.length === 0)
    throw new Fault('InvalidInput', "say which host: the worker's config names none", {
      remedy: '--host USER@ADDRESS, or name your hosts in a config file: stackhand init',
    });
  return Promise.all(
    hosts.map(async ({ name }) => {
      try {
        return { host: name, value: await look(name) };
      } catch (error) {
        return { host: name, error };
      }
    }),
  );
}
