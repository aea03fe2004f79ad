import { isFault } from '../contracts/faults.ts';
import type { Cli } from './cli.ts';
import { resolveTemporal } from './connect.ts';

/**
 * Where nothing is configured and nothing answers, on a terminal: offers to start a Temporal and a worker for this
 * machine. True when it did.
 */
export async function offerDev(cli: Cli, error: unknown): Promise<boolean> {
  if (!isFault(error) || error.type !== 'TemporalUnreachable' || !cli.out.settings.interactive) return false;
  const { origin } = await resolveTemporal(cli.out.settings.temporal);
  if (origin !== 'default') return false;
  const question =
    'No Temporal server is configured, and none runs here. Start one, with a worker, for this machine (stackhand dev --detach)?';
  if (!(await cli.ask.confirm(question))) return false;
  const { detachDev } = await import('./dev/detach.ts');
  const { config } = cli.out.settings;
  await detachDev({ config, sites: [], story: (line) => cli.out.story(line) });
  return true;
}
