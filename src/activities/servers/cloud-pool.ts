import { cloudEntry, resolveCloud } from '../../config/clouds/resolve-cloud.ts';
import type { CloudEntry } from '../../config/clouds/cloud-entry.ts';
import type { Config } from '../../config/schema.ts';
import { isFault } from '../../contracts/faults.ts';
import type { CloudAccess } from '../../contracts/cloud-access.ts';
import { CallLimit, Session, usualCalls } from '../../systems/openstack/index.ts';
import type { Records } from '../../systems/records/records.ts';
import { migrationsUnderWay } from './migrations-under-way.ts';
import { ServerLists } from './server-lists.ts';
import { SharedCalls } from './shared-calls.ts';
import type { SharedLooks } from './shared-looks.ts';

/** A cloud as activities use it. */
export interface Cloud {
  readonly name: string;
  /** What it is, by whichever name: its Keystone and its region. Locks are by this. */
  readonly key: string;
  readonly session: Session;
  readonly lists: ServerLists;
  /** Ids of servers whose migration is on its way, by host. */
  readonly underWay: SharedLooks<ReadonlySet<string>>;
  /** What the config says of it, under whatever name it was asked for. */
  readonly entry: CloudEntry | undefined;
  /** What every entry of the config that is this cloud protects. */
  readonly protect: { readonly names: readonly string[]; readonly tags: readonly string[] };
}

export interface CloudPoolOptions {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly cwd: string;
  /** In which workers agree on how many calls each may make. */
  readonly records: Records;
}

/** One session for each cloud, shared by all activities of a worker; its API calls are limited together with other workers'. */
export class CloudPool {
  readonly #options: CloudPoolOptions;
  readonly #clouds = new Map<string, Cloud>();
  readonly #shared: SharedCalls[] = [];

  constructor(options: CloudPoolOptions) {
    this.#options = options;
  }

  /** The credentials' files are read each time: what was corrected there counts at once. */
  get(asked: string | undefined): Cloud {
    const { config, records, env, home, cwd } = this.#options;
    const access = resolveCloud(config, asked, { env, home, cwd });
    const identity = JSON.stringify(access);
    const known = this.#clouds.get(identity);
    if (known !== undefined) return known;
    // A file given by path keeps its path: that is how the next activity finds it again.
    const name = asked?.includes('/') === true ? asked : access.name;
    const key = keyOf(access);
    const same = this.#entriesOf(key);
    const entry = cloudEntry(config, name) ?? same[0];
    const protects = [...new Set(entry === undefined ? same : [entry, ...same])].map(({ protect }) => protect);
    const calls = entry?.limits?.calls ?? usualCalls;
    const limit = new CallLimit(calls);
    this.#shared.push(new SharedCalls(records, key, calls, limit));
    const session = new Session(access, { limit });
    const cloud: Cloud = {
      name,
      key,
      session,
      lists: new ServerLists(session),
      underWay: migrationsUnderWay(session),
      entry,
      protect: {
        names: protects.flatMap((protect) => protect?.names ?? []),
        tags: protects.flatMap((protect) => protect?.tags ?? []),
      },
    };
    this.#clouds.set(identity, cloud);
    return cloud;
  }

  /** Entries that are the cloud of that key: what they protect does not depend on the name that somebody types. */
  #entriesOf(key: string): CloudEntry[] {
    const { config, env, home, cwd } = this.#options;
    return Object.entries(config.clouds).flatMap(([name, entry]) => {
      try {
        return keyOf(resolveCloud(config, name, { env, home, cwd })) === key ? [entry] : [];
      } catch (error) {
        // One that can't be reached now is told when it is asked for.
        if (isFault(error)) return [];
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clouds.values()].map(({ session }) => session.close()));
    await Promise.all(this.#shared.map((calls) => calls.close()));
  }
}

function keyOf({ authUrl, region }: CloudAccess): string {
  const place = authUrl.replace(/^https?:\/\//, '');
  return region === undefined ? place : `${place}/${region}`;
}
