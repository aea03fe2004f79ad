import { rmSync, writeFileSync } from 'node:fs';
import type { FaultRule } from './faults.ts';
import { killProcesses, processesOf } from './processes.ts';
import type { Scratch } from './scratch.ts';
import { setShareGone, unmount } from './shares.ts';
import { limitFlag } from './shims.ts';
import type { SshServer } from './ssh-server.ts';
import { stateOf, switchOff, switchOn, type Guest, type SiteState } from './state.ts';

/** What can be asked of a running site from outside. */
export class SiteControl {
  readonly #scratch: Scratch;
  readonly #state: SiteState;
  readonly #ssh: SshServer;

  constructor(scratch: Scratch, state: SiteState, ssh: SshServer) {
    this.#scratch = scratch;
    this.#state = state;
    this.#ssh = ssh;
  }

  describe() {
    const { domains, mounts, faults } = this.#state.read();
    return {
      practice: true,
      domains: Object.values(domains).map((domain) => ({
        name: domain.name,
        uuid: domain.uuid,
        state: stateOf(domain),
        autostart: domain.autostart,
        disks: domain.disks.flatMap(({ path }) => path ?? []),
        guest: domain.guest,
        ...domain.counts,
      })),
      mounts: Object.entries(mounts).map(([mountPoint, mount]) => ({ mountPoint, ...mount })),
      faults,
      processes: processesOf(this.#scratch.directory).map(({ pid, command }) => ({ pid, command })),
      connections: this.#ssh.connections,
    };
  }

  faults() {
    return this.#state.read().faults;
  }

  async setFaults(changes: Record<string, FaultRule | null>) {
    const faults = this.#state.update((state) => {
      for (const [name, rule] of Object.entries(changes)) {
        if (rule === null) delete state.faults[name];
        else state.faults[name] = rule;
      }
      return state.faults;
    });
    await this.applyFaults();
    return faults;
  }

  async clearFaults() {
    this.#state.update((state) => {
      state.faults = {};
    });
    await this.applyFaults();
    return {};
  }

  /** Faults of places take hold here; those of commands are found by the commands themselves. */
  async applyFaults(): Promise<void> {
    const { ssh, share } = this.#state.read().faults;
    setShareGone(this.#scratch, share?.gone === true);
    if (share?.limit === undefined) rmSync(limitFlag(this.#scratch), { force: true });
    else writeFileSync(limitFlag(this.#scratch), '');
    await this.#ssh.apply(ssh);
  }

  setGuest(name: string, guest: { [Key in keyof Guest]?: Guest[Key] | undefined }) {
    return this.#state.update(({ domains }) => {
      const domain = Object.values(domains).find((one) => one.name === name);
      if (domain === undefined) throw new Error(`there is no domain ${name}`);
      Object.assign(domain.guest, guest);
      return domain.guest;
    });
  }

  drop() {
    this.#ssh.drop();
    return {};
  }

  unmountAll() {
    for (const directory of Object.keys(this.#state.read().mounts)) unmount(this.#state, directory);
    return {};
  }

  /** The host loses power and comes back. The boot id is this machine's and stays. */
  async powerCut({ autostart = true }: { autostart?: boolean | undefined }) {
    this.#ssh.drop();
    this.#state.update((state) => {
      for (const domain of Object.values(state.domains)) {
        if (domain.run !== undefined) switchOff(state, domain, 'crashed');
      }
    });
    await killProcesses(this.#scratch.directory);
    this.unmountAll();
    rmSync(this.#scratch.run, { recursive: true, force: true });
    this.#state.update((state) => {
      for (const domain of Object.values(state.domains)) {
        if (autostart && domain.autostart && domain.run === undefined) switchOn(state, domain);
      }
    });
    return this.describe();
  }
}
