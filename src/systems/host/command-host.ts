import type { HostTarget } from '../../contracts/targets.ts';
import { buildCommand, type Command } from './command.ts';
import { conclude } from './conclude.ts';
import type { Finished } from './execution.ts';
import type { Host, RunOptions, RunResult } from './host.ts';

/** What the three kinds of host differ in. */
export interface Transport {
  /** Starts the command and follows it. Throws the Fault for what kept it from starting. */
  execute(command: Command, options: RunOptions): Promise<Finished & { readonly lost?: string }>;
  close(): Promise<void>;
}

export class CommandHost implements Host {
  readonly #target: HostTarget;
  readonly #transport: Transport;

  constructor(target: HostTarget, transport: Transport) {
    this.#target = target;
    this.#transport = transport;
  }

  get name(): string {
    return this.#target.name;
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const command = buildCommand(argv, options, this.#target.sudo && options.sudo !== false);
    options.signal?.throwIfAborted();
    const finished = await this.#transport.execute(command, options);
    return conclude(this.#target, command, finished, finished.lost);
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }
}
