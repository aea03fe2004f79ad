import type { WorkflowHandle } from '@temporalio/client';
import type { Inspect, InspectResults } from '../contracts/inspect.ts';
import type { Operation, Outcome } from '../contracts/operation.ts';
import type { Ask } from './ask.ts';
import type { Ended } from './ending.ts';
import type { Connected } from './connect.ts';
import type { Ending } from './exit-codes.ts';
import type { Filter } from './operations.ts';
import type { Output } from './output.ts';
import type { PlanFormat } from './plan-file.ts';

export interface Launch {
  /** Say the id and return, rather than follow to the end. */
  readonly detach?: boolean | undefined;
  readonly reason?: string | undefined;
  /** Only a plan is made: it is the answer, as a table, in this format, or in this file. */
  readonly plan?: PlanAnswer | undefined;
  /** Says how it ended, instead of the usual answer; decides the exit code where the outcome alone does not. */
  readonly conclude?: ((workflowId: string, ended: Ended) => Promise<void>) | undefined;
}

export interface PlanAnswer {
  readonly file: string | undefined;
  readonly format: PlanFormat | undefined;
}

/**
 * What commands are given. There are two: the one that does things, and the one that only notes what would be
 * started, with which `schedule create … -- COMMAND` reads a command by its own definition.
 */
export interface Cli {
  readonly out: Output;
  readonly ask: Ask;
  readonly env: NodeJS.ProcessEnv;
  /** Only notes what would be started: nothing is asked or looked up, since it will run on another night. */
  readonly planning: boolean;
  /** Throws ConfigInvalid, with every place. */
  checkConfig(): Promise<void>;
  /** Connected when first asked for. */
  temporal(): Promise<Connected>;
  /** Address of a workflow's page in the Web UI, where one is known. */
  webUi(workflowId: string): Promise<string | undefined>;
  /** Starts the operation and follows it to its end, which becomes the exit code. */
  start<I>(operation: Operation<I>, input: I, launch: Launch): Promise<void>;
  /** Follows one that was started before; `as` is what an outcome means for the exit code of this command. */
  follow(workflowId: string, as?: Partial<Record<Outcome, Ending>>): Promise<void>;
  /** The workflow id that an id of the command line means; without one, on a terminal, asks. Throws UnknownOperation. */
  find(id: string | undefined, among: Filter): Promise<string>;
  /** For what only an operation that has not ended can be told. */
  open(workflowId: string): Promise<WorkflowHandle>;
  /** Asks a worker, who may be the only one that reaches the host. */
  inspect<W extends Inspect['what']>(what: Extract<Inspect, { what: W }>): Promise<InspectResults[W]>;
  /** Decides the exit code. */
  end(ending: Ending): void;
  /** Where somebody else's convention has codes of its own. */
  endAs(code: number): void;
}
