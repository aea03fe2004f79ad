import { isFault } from '../../contracts/faults.ts';
import type { Server } from '../../contracts/server.ts';
import { listServers } from '../../systems/openstack/index.ts';
import type { Session } from '../../systems/openstack/index.ts';
import { SharedLooks } from './shared-looks.ts';

/** Servers by id. */
export type ServersById = ReadonlyMap<string, Server>;

/** Lists of servers, by host: one list costs a cloud about as much as a few single reads. */
export class ServerLists {
  readonly #session: Session;
  readonly #looks: SharedLooks<ServersById>;
  #allProjects: Promise<boolean> | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.#looks = new SharedLooks((host) => this.#list(host));
  }

  /**
   * The servers of a host (of every one for '') as a list shows them that was asked for at `since` or later.
   * @throws Fault HostFilterIgnored, and what the cloud answers
   */
  of(host: string, since: number): Promise<ServersById> {
    return this.#looks.of(host, since);
  }

  /** Whether these credentials see every project. */
  seesAll(): Promise<boolean> {
    this.#allProjects ??= this.#asksForAll();
    return this.#allProjects;
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
      // It may list all of them, and not choose among them.
      if (isFault(error) && error.type === 'ProjectFilterIgnored') return true;
      this.#allProjects = undefined;
      throw error;
    }
  }
}
