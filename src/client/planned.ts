import type { Command } from 'commander';
import { Fault } from '../contracts/faults.ts';
import type { Operation } from '../contracts/operation.ts';
import type { Cli } from './cli.ts';
import { manualOf } from './define.ts';
import { checked } from './input.ts';
import { quoteAll } from '../domain/quote.ts';
import type { GlobalOptions } from './settings.ts';

/** A command as a schedule keeps it. */
export interface Planned {
  readonly operation: Operation<unknown>;
  readonly input: unknown;
  readonly reason?: string | undefined;
  /** As somebody would type it again. */
  readonly line: string;
}

export type MakeProgram = (cli: Cli, configure: (options: GlobalOptions, command: Command) => void) => Command;

/**
 * Reads a command by its own definition, and notes what it would start instead of starting it. Throws InvalidInput
 * for a command that starts nothing, before anything of it has run.
 */
export async function planned(cli: Cli, words: readonly string[], program: MakeProgram): Promise<Planned> {
  const line = quoteAll(words);
  let noted: Planned | undefined;
  const planner: Cli = {
    out: cli.out,
    ask: cli.ask,
    env: cli.env,
    planning: true,
    checkConfig: () => cli.checkConfig(),
    temporal: () => cli.temporal(),
    webUi: (workflowId) => cli.webUi(workflowId),
    inspect: (what) => cli.inspect(what),
    find: (id, among) => cli.find(id, among),
    open: (workflowId) => cli.open(workflowId),
    start: (operation, input, { reason }) => {
      noted = { operation: operation, input: checked(operation, input), reason, line };
      return Promise.resolve();
    },
    follow: () => Promise.resolve(),
    end: () => undefined,
    endAs: () => undefined,
  };
  const onlyOperations = (_options: GlobalOptions, command: Command): void => {
    if (manualOf(command)?.schedulable === true) return;
    throw new Fault('InvalidInput', `"${line}" starts no operation, so it can not be scheduled`, {
      remedy: 'after -- give a command such as: vm backup --all --host kvm1 --shutdown',
    });
  };
  await program(planner, onlyOperations).parseAsync([...words], { from: 'user' });
  if (noted === undefined) throw new Fault('InvalidInput', `"${line}" starts nothing`);
  return noted;
}
