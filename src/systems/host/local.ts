import { Fault } from '../../contracts/faults.ts';
import type { HostTarget } from '../../contracts/targets.ts';
import type { Command } from './command.ts';
import type { Transport } from './command-host.ts';
import { describe } from './conclude.ts';
import { follow, type Finished } from './execution.ts';
import type { RunOptions } from './host.ts';
import { startProcess } from './process.ts';
import type { Settings } from './settings.ts';

/** Of the worker's environment a command sees only this: the rest may hold keys, and over SSH there would be none. */
const passedOn = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'XDG_RUNTIME_DIR'];

/** Commands on the machine that the worker itself runs on. */
export class LocalTransport implements Transport {
  readonly #target: HostTarget;
  readonly #settings: Settings;

  constructor(target: HostTarget, settings: Settings) {
    this.#target = target;
    this.#settings = settings;
  }

  async execute(command: Command, options: RunOptions): Promise<Finished> {
    const startedAt = performance.now();
    const env = Object.fromEntries(passedOn.map((name) => [name, this.#settings.env[name]]));
    const { running, failure } = startProcess(command.words, env);
    const finished = await follow(running, command, options, startedAt, this.#settings.graceMs);
    const cause = failure();
    if (cause) {
      const message = `"${command.label}" can't be started on ${describe(this.#target)}: ${cause.message}`;
      throw new Fault('ToolMissing', message, { where: this.#target.name }, { cause });
    }
    return finished;
  }

  async close(): Promise<void> {}
}
