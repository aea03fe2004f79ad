import { isDeepStrictEqual } from 'node:util';
import { log } from '@temporalio/activity';
import { z } from 'zod';
import type { Config } from '../../config/schema.ts';
import { isFault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import type { Host } from '../../systems/host/host.ts';
import { readLastBackups } from '../../systems/jobs/last-backup.ts';
import { domainNames } from '../../systems/libvirt/index.ts';
import type { Records } from '../../systems/records/records.ts';
import { pathsOf } from './deps.ts';

/** Beside the operations, as the memory of health checks is. */
const lineage = 'newest-backups';
const documentOf = (host: string): string => `host-${host}`;

const seen = z.object({
  /** When that was, epoch milliseconds. */
  at: z.number(),
  vms: z.array(
    z.object({
      name: z.string(),
      newest: z.object({ at: z.string(), repository: z.string() }).exactOptional(),
    }),
  ),
});
type Seen = z.infer<typeof seen>;

/** Looks before one gives up: so many backups can't end within the same second. */
const looks = 5;

/**
 * What the hosts of the config know as their VMs' newest good backups, kept where every worker can read it without a way
 * to the host. Whoever changes what a host knows looks at it afterwards, and so does a health check.
 */
export class NewestBackups {
  readonly #records: Records;
  readonly #config: Config;

  constructor({ records, config }: { readonly records: Records; readonly config: Config }) {
    this.#records = records;
    this.#config = config;
  }

  /**
   * Keeps what the host knows now. What is kept is looked at once more: whoever keeps something last has then seen what
   * is there, also where others change it at the same time. A backup does not fail for it: the next look makes it good.
   */
  async look(on: Host, target: HostTarget): Promise<void> {
    if (!Object.hasOwn(this.#config.hosts, target.name)) return;
    try {
      let vms = await vmsOf(on, target);
      for (let left = looks; left > 0; left -= 1) {
        await this.#records.put(lineage, documentOf(target.name), { at: Date.now(), vms });
        const now = await vmsOf(on, target);
        if (isDeepStrictEqual(now, vms)) return;
        vms = now;
      }
    } catch (error) {
      log.warn('The newest backups of a host could not be looked at for the metrics', { error });
    }
  }

  /**
   * Of those of these hosts that somebody has looked at. One whose document can't be understood is left out: as long as
   * nobody has looked again, nothing is known of it, and the others' are known all the same.
   * @throws Fault RecordsUnusable, RecordsRefused
   */
  async of(hosts: readonly string[]): Promise<ReadonlyMap<string, Seen>> {
    const kept = new Set(await this.#records.names(lineage));
    const found = new Map<string, Seen>();
    for (const host of hosts.filter((each) => kept.has(documentOf(each)))) {
      const one = await this.#oneOf(host);
      if (one !== undefined) found.set(host, one);
    }
    return found;
  }

  async #oneOf(host: string): Promise<Seen | undefined> {
    try {
      return seen.safeParse(await this.#records.get(lineage, documentOf(host))).data;
    } catch (error) {
      if (isFault(error) && (error.type === 'RecordDamaged' || error.type === 'NewerFormat')) return undefined;
      throw error;
    }
  }
}

/** VMs that are there: a note outlives its VM. */
async function vmsOf(on: Host, target: HostTarget): Promise<Seen['vms']> {
  const [names, notes] = await Promise.all([
    domainNames(on, { persistent: true }),
    readLastBackups(on, pathsOf(target)),
  ]);
  return names
    .map(({ name, uuid }) => {
      const note = notes[uuid];
      return { name, ...(note === undefined ? {} : { newest: { at: note.at, repository: note.repository } }) };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
