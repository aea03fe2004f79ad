import { randomBytes, randomUUID } from 'node:crypto';
import type {
  Behaviour,
  CloudFlavor,
  CloudImage,
  CloudHost,
  CloudMigration,
  CloudPort,
  CloudServer,
  CloudUser,
  Effect,
} from './entities.ts';
import { FaultRules } from './fault-rules.ts';
import type { CloudAllocation } from './placement.ts';
import { usualServices } from './service-rows.ts';
import type { CloudServiceRow } from './service-rows.ts';

export interface CloudOptions {
  readonly hosts: number;
  readonly servers: number;
  readonly projects: number;
  /** The highest of compute. */
  readonly microversion: string;
  /** Milliseconds that each answer takes. */
  readonly latency: number;
  /** Milliseconds that a server takes from one state to the next. */
  readonly transition: number;
  /** Seconds. */
  readonly tokenLifetime: number;
}

/** What the cloud is: tables, and whoever has a token. */
export class Cloud {
  address = '';
  readonly settings: { -readonly [K in keyof CloudOptions]: CloudOptions[K] } & {
    ignoreHostFilter: boolean;
    ignoreProjectFilter: boolean;
    /** Bytes that an image may have. */
    imageSizeCap: number;
  };
  readonly servers = new Map<string, CloudServer>();
  /** Those that are gone: Nova still tells their actions. */
  readonly deleted = new Map<string, CloudServer>();
  readonly hosts: CloudHost[] = [];
  readonly services: CloudServiceRow[];
  readonly migrations: CloudMigration[] = [];
  /** Left in Placement of a server, or a compute host, that is gone. */
  readonly strayAllocations: CloudAllocation[] = [];
  readonly strayProviders: { readonly id: string; readonly name: string }[] = [];
  readonly ports: CloudPort[] = [];
  readonly floatingIps: { id: string; address: string; portId: string }[] = [];
  readonly flavors = new Map<string, CloudFlavor>();
  readonly images = new Map<string, CloudImage>();
  readonly groups: { id: string; name: string; policy: string; members: string[] }[] = [];
  readonly projects: { id: string; name: string }[];
  readonly users: CloudUser[];
  readonly tokens = new Map<string, { user: CloudUser; expiresAt: number }>();
  /** Every request that was accepted and changed something: what tests count. */
  readonly effects: Effect[] = [];
  readonly calls: Record<string, number> = {};
  /** Requests under way, logins apart. */
  readonly atOnce = { now: 0, most: 0 };
  readonly faults = new FaultRules();
  #lastTouch = 0;

  constructor(options: CloudOptions) {
    this.settings = { ...options, ignoreHostFilter: false, ignoreProjectFilter: false, imageSizeCap: 2 ** 40 };
    const names = Array.from({ length: Math.max(1, options.projects) }, (_, at) => `project${String(at + 1)}`);
    this.projects = ['admin', ...names].map((name) => ({ id: hex(), name }));
    const [admin, first] = this.projects;
    if (admin === undefined || first === undefined) throw new Error('a cloud has projects');
    this.users = [
      { id: hex(), name: 'admin', password: 'practice', project: admin, roles: ['admin', 'member', 'reader'] },
      { id: hex(), name: 'member', password: 'practice', project: first, roles: ['member', 'reader'] },
    ];
    for (const [name, vcpus, ram, disk] of usualFlavors) this.addFlavor({ name, vcpus, ram, disk });
    for (let at = 1; at <= options.hosts; at += 1) this.addHost(`compute${String(at)}`);
    this.services = usualServices(this.hosts.map(({ name }) => name));
    for (let at = 0; at < options.servers; at += 1)
      this.addServer({ name: `server-${String(at + 1).padStart(5, '0')}` });
  }

  addHost(name: string): CloudHost {
    const host: CloudHost = {
      name,
      id: randomUUID(),
      enabled: true,
      reason: null,
      up: true,
      forcedDown: false,
      ram: 512_000,
    };
    this.hosts.push(host);
    return host;
  }

  addFlavor(given: Pick<CloudFlavor, 'name' | 'vcpus' | 'ram' | 'disk'> & Partial<CloudFlavor>): void {
    const id = given.id ?? randomUUID();
    const usual = { ephemeral: 0, swap: 0, public: true, description: null, properties: {}, projects: [] };
    this.flavors.set(id, { ...usual, ...given, id });
  }

  addServer(given: Partial<CloudServer> = {}): CloudServer {
    const at = this.servers.size;
    const host = given.host ?? this.hosts[at % Math.max(1, this.hosts.length)]?.name ?? null;
    const projects = this.projects.slice(1);
    const server: CloudServer = {
      id: randomUUID(),
      name: `server-${String(at + 1).padStart(5, '0')}`,
      projectId: projects[at % projects.length]?.id ?? '',
      userId: this.users[1]?.id ?? '',
      status: 'ACTIVE',
      taskState: null,
      locked: false,
      tags: [],
      metadata: {},
      flavor: { name: 'm1.small', vcpus: 1, ram: 2048, disk: 20, ephemeral: 0, extraSpecs: {} },
      image: hex(),
      volumes: [],
      created: now(),
      updated: now(),
      actions: [],
      behaviour: {},
      ...given,
      host,
    };
    this.servers.set(server.id, server);
    return server;
  }

  remove(server: CloudServer): void {
    this.servers.delete(server.id);
    this.deleted.set(server.id, server);
  }

  serversOn(host: string): CloudServer[] {
    return [...this.servers.values()].filter((server) => server.host === host);
  }

  host(name: string | null): CloudHost | undefined {
    return this.hosts.find((host) => host.name === name);
  }

  /** Something was accepted. The request id is that of the answer. */
  record(server: CloudServer, action: string, user: CloudUser, requestId: string): void {
    this.effects.push({ server: server.id, name: server.name, action, requestId, at: Date.now() });
    server.actions.unshift({
      action,
      requestId,
      userId: user.id,
      projectId: user.project.id,
      start: now(),
      message: null,
    });
  }

  /** After a transition's time, unless the server has another task by then. */
  later(server: CloudServer, change: () => void, milliseconds = this.settings.transition): void {
    const task = server.taskState;
    const run = (): void => {
      if (server.taskState !== task || !this.servers.has(server.id)) return;
      change();
      server.updated = now();
    };
    if (milliseconds <= 0) setImmediate(run);
    else setTimeout(run, milliseconds).unref();
  }

  /** Ids that sort as they came, as a database's. */
  nextMigrationId(): number {
    this.#lastTouch += 1;
    return this.#lastTouch;
  }

  behave(server: CloudServer, behaviour: Behaviour): void {
    server.behaviour = { ...server.behaviour, ...behaviour };
  }
}

/** Of every devstack: name, vCPUs, MB, GB. */
const usualFlavors: readonly (readonly [string, number, number, number])[] = [
  ['m1.tiny', 1, 512, 1],
  ['m1.small', 1, 2048, 20],
  ['m1.medium', 2, 4096, 40],
];

export const hex = (): string => randomBytes(16).toString('hex');
/** Nova's API: whole seconds, with a Z. */
export const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`;
