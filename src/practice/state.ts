import type { FaultRule } from './faults.ts';
import { recordRun } from './qemu-log.ts';
import type { Scratch } from './scratch.ts';
import { Store } from './store.ts';

/** Everything the stand-ins remember. Times are milliseconds since the epoch. */
export interface State {
  domains: Record<string, Domain>;
  /** By mount point. */
  mounts: Record<string, Mount>;
  /** By command ("virsh start", "mount") or place ("ssh", "share"). */
  faults: Record<string, FaultRule>;
  nextDomainId: number;
  /** What the last change adds to the domains' logs. */
  log: LogLine[];
}

export interface Domain {
  name: string;
  readonly uuid: string;
  /** As defined: what `dumpxml --inactive` prints. */
  xml: string;
  disks: Disk[];
  /** False once it was undefined while it ran. */
  persistent: boolean;
  autostart: boolean;
  managedSave: boolean;
  snapshots: Snapshot[];
  checkpoints: Snapshot[];
  /** Absent while it is off. */
  run?: Run;
  /** Why it is in its state, as `domstate --reason` says. */
  reason: string;
  guest: Guest;
  counts: { starts: number; shutdownRequests: number; stops: number };
}

export interface Run {
  readonly id: number;
  readonly since: number;
  paused?: boolean;
  /** When the guest, asked to shut down, will have powered off. */
  offAt?: number;
}

/** How the guest behaves. */
export interface Guest {
  /** Shutdown requests it ignores: all of them, or the next so many. */
  deaf: boolean | number;
  shutdownSeconds: number;
  /** How long `virsh start` takes. */
  startSeconds: number;
}

export interface Disk {
  readonly type: 'file' | 'block';
  readonly device: string;
  readonly target: string;
  readonly path?: string;
  readonly readonly: boolean;
}

export interface Snapshot {
  readonly name: string;
  readonly at: number;
}

export interface Mount {
  readonly source: string;
  readonly type: string;
  readonly options: string;
}

export interface LogLine {
  readonly at: number;
  readonly domain: string;
  readonly text: string;
}

export class SiteState {
  readonly #store: Store<State>;
  readonly #scratch: Scratch;

  constructor(scratch: Scratch) {
    this.#scratch = scratch;
    this.#store = new Store(scratch.state);
  }

  create(first: () => State): void {
    this.#store.create(first);
  }

  /** As it is now: a guest whose time to power off has come is off. */
  read(): State {
    const state = this.#store.read();
    settle(state, Date.now());
    return state;
  }

  /** Changes the document; what it adds to `log` goes to the logs once it is committed. */
  update<R>(change: (state: State) => R): R {
    const { result, lines } = this.#store.update((state) => {
      state.log = [];
      settle(state, Date.now());
      return { result: change(state), lines: state.log };
    });
    for (const line of lines) recordRun(this.#scratch, line);
    return result;
  }
}

/** Does what the passing of time has done. Nobody has to be there for it: a guest goes off without libvirt's clients. */
function settle(state: State, now: number): void {
  for (const domain of Object.values(state.domains)) {
    const offAt = domain.run?.offAt;
    if (offAt !== undefined && offAt <= now) switchOff(state, domain, 'shutdown', offAt);
  }
}

export function switchOn(state: State, domain: Domain, options: { paused?: boolean } = {}): void {
  const now = Date.now();
  domain.run = { id: state.nextDomainId, since: now, ...(options.paused === true && { paused: true }) };
  state.nextDomainId += 1;
  domain.reason = options.paused === true ? 'user' : 'booted';
  domain.counts.starts += 1;
  state.log.push({ at: now, domain: domain.name, text: 'starting up libvirt version: 9.0.0, practice' });
}

export function switchOff(state: State, domain: Domain, reason: string, at = Date.now()): void {
  delete domain.run;
  domain.reason = reason;
  domain.counts.stops += 1;
  state.log.push({ at, domain: domain.name, text: `shutting down, reason=${reason}` });
  if (!domain.persistent) delete state.domains[domain.uuid];
}

/** As `virsh domstate` says it. A guest that is about to power off counts as running, as qemu's does under ACPI. */
export function stateOf(domain: Domain): 'running' | 'paused' | 'shut off' {
  if (domain.run === undefined) return 'shut off';
  return domain.run.paused === true ? 'paused' : 'running';
}
