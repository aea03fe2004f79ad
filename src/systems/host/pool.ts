import type { HostTarget } from '../../contracts/targets.ts';
import { CommandHost, type Transport } from './command-host.ts';
import type { Host } from './host.ts';
import { LocalTransport } from './local.ts';
import { OpensshTransport } from './openssh.ts';
import { settingsOf, type HostOptions, type Settings } from './settings.ts';
import { Ssh2Transport } from './ssh2.ts';

/** Connects on first use. The caller closes it; HostPool does so for those who share. */
export function openHost(target: HostTarget, options: HostOptions = {}): Host {
  return new CommandHost(target, transportFor(target, settingsOf(options)));
}

function transportFor(target: HostTarget, settings: Settings): Transport {
  switch (target.transport) {
    case 'local':
      return new LocalTransport(target, settings);
    case 'ssh2':
      return new Ssh2Transport(target, settings);
    case 'openssh':
      return new OpensshTransport(target, settings);
  }
}

/** One Host for each target, kept open until close(). */
export class HostPool {
  readonly #options: HostOptions;
  readonly #hosts = new Map<string, Host>();

  constructor(options: HostOptions = {}) {
    this.#options = options;
  }

  get(target: HostTarget): Host {
    // sorted, since targets come back from Temporal with their keys in any order
    const key = JSON.stringify(Object.entries(target).sort(([a], [b]) => (a < b ? -1 : 1)));
    let host = this.#hosts.get(key);
    if (!host) {
      host = openHost(target, this.#options);
      this.#hosts.set(key, host);
    }
    return host;
  }

  async close(): Promise<void> {
    const hosts = [...this.#hosts.values()];
    this.#hosts.clear();
    await Promise.all(hosts.map((host) => host.close()));
  }
}
