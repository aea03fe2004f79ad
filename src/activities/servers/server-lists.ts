import { setTimeout as sleep } from 'node:timers/promises';
import { isFault } from '../../contracts/faults.ts';
import type { Server } from '../../contracts/server.ts';
import { listServers } from '../../systems/openstack/index.ts';
import type { Session } from '../../systems/openstack/index.ts';

/** Servers by id. */
export type ServersById = ReadonlyMap<string, Server>;

interface Listing {
  readonly begunAt: number;
  readonly servers: Promise<ServersById>;
}

/** Between two lists of one host; a list that takes long is asked for as rarely again. Milliseconds. */
const interval = 700;

/**
 * Lists of servers, shared by all who wait for some of one host: one list costs a cloud about as much as one or two
 * single reads, so however many batches wait, each host is listed about once a second at most.
 */
export class ServerLists {
  readonly #session: Session;
  readonly #listings = new Map<string, Listing>();
  readonly #took = new Map<string, number>();
  #allProjects: Promise<boolean> | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * The servers of a host (of every one for '') as a list shows them that was asked for at `since` or later.
   * @throws Fault HostFilterIgnored, and what the cloud answers
   */
  async of(host: string, since: number): Promise<ServersById> {
    for (;;) {
      const last = this.#listings.get(host);
      if (last !== undefined && last.begunAt >= since) return last.servers;
      if (last !== undefined) {
        await last.servers.catch(() => undefined);
        const wait = last.begunAt + Math.max(interval, 2 * (this.#took.get(host) ?? 0)) - Date.now();
        if (wait > 0) await sleep(wait);
      }
      // Another who waited may have begun one meanwhile.
      if (this.#listings.get(host) === last) this.#begin(host);
    }
  }

  /** Whether these credentials see every project. */
  seesAll(): Promise<boolean> {
    this.#allProjects ??= this.#asksForAll();
    return this.#allProjects;
  }

  #begin(host: string): void {
    const begunAt = Date.now();
    const servers = this.#list(host).finally(() => this.#took.set(host, Date.now() - begunAt));
    // Those who wait hear of it; nobody may be waiting any more.
    servers.catch(() => undefined);
    this.#listings.set(host, { begunAt, servers });
  }

  async #list(host: string): Promise<ServersById> {
    const allProjects = await this.seesAll();
    const found = await listServers(this.#session, { allProjects, ...(host === '' ? {} : { host }) });
    return new Map(found.map((server) => [server.id, server]));
  }

  /** The policy decides it, not the role's name: so it is tried. A project that is nobody's makes the list short. */
  async #asksForAll(): Promise<boolean> {
    try {
      await listServers(this.#session, { allProjects: true, projectId: '00000000000000000000000000000000' });
      return true;
    } catch (error) {
      if (isFault(error) && error.type === 'CloudForbidden') return false;
      this.#allProjects = undefined;
      throw error;
    }
  }
}
