import type { WorkflowHandle } from '@temporalio/client';
import type { Inspect, InspectResults } from '../contracts/inspect.ts';
import type { Operation, Outcome } from '../contracts/operation.ts';
import type { Ask } from './ask.ts';
import { terminalAsk } from './ask.ts';
import type { Cli, Launch, PlanAnswer } from './cli.ts';
import { conclude, hints } from './conclude.ts';
import type { Connected } from './connect.ts';
import { exitCodes } from './exit-codes.ts';
import type { Ended } from './ending.ts';
import { Declined } from './errors.ts';
import type { Ending } from './exit-codes.ts';
import { checked } from './input.ts';
import type { Filter } from './operations.ts';
import { Output } from './output.ts';
import { settingsFrom } from './settings.ts';
import type { GlobalOptions, Streams } from './settings.ts';

/** What a run of the CLI sees of the process it is in. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly streams: Streams;
  readonly ask: Ask;
}

/**
 * One run of the CLI. What needs the Temporal client is loaded when it is needed: --help and wrong input answer at
 * once.
 */
export class Session implements Cli {
  readonly planning = false;
  readonly ask: Ask;
  readonly env: NodeJS.ProcessEnv;
  out: Output;
  exitCode: number = exitCodes.done;
  readonly #around: Surroundings;
  #connected: Promise<Connected> | undefined;

  constructor(options: GlobalOptions, around: Surroundings = { env: process.env, streams: process, ask: terminalAsk }) {
    this.#around = around;
    this.ask = around.ask;
    this.env = around.env;
    this.out = this.#output(options);
  }

  /** Called when the command line has been read. */
  configure(options: GlobalOptions): void {
    this.out = this.#output(options);
  }

  #output(options: GlobalOptions): Output {
    const { env, streams } = this.#around;
    return new Output(settingsFrom(options, env, streams), streams);
  }

  temporal(): Promise<Connected> {
    this.#connected ??= this.#connect();
    return this.#connected;
  }

  async webUi(workflowId: string): Promise<string | undefined> {
    const { webUiOf } = await import('./web-ui.ts');
    return webUiOf((await this.temporal()).target, workflowId, this.#around.env);
  }

  async start<I>(operation: Operation<I>, input: I, { detach, reason, plan, conclude: say }: Launch): Promise<void> {
    const parsed = checked(operation, input);
    await this.checkConfig();
    const { client } = await this.temporal();
    const { startOperation } = await import('./start.ts');
    const workflowId = await startOperation(client, operation, parsed, { reason });
    const title = operation.title(parsed);
    const webUi = await this.webUi(workflowId);
    this.out.story(`${title}: ${workflowId}`);
    if (webUi !== undefined) this.out.story(webUi);
    if (plan !== undefined && detach !== true) return this.#followPlan(workflowId, plan);
    if (say !== undefined && detach !== true) {
      const ended = await this.#toTheEnd(workflowId);
      return ended === undefined ? undefined : say(workflowId, ended);
    }
    if (detach !== true) return this.follow(workflowId);
    for (const hint of hints(workflowId)) this.out.story(hint);
    this.out.answer({ workflowId, title, ...(webUi === undefined ? {} : { webUi }) }, () => [workflowId]);
  }

  async follow(workflowId: string, as: Partial<Record<Outcome, Ending>> = {}): Promise<void> {
    const ended = await this.#toTheEnd(workflowId, as);
    if (ended !== undefined) conclude(this.out, workflowId, ended);
  }

  async #toTheEnd(workflowId: string, as: Partial<Record<Outcome, Ending>> = {}): Promise<Ended | undefined> {
    const { client } = await this.temporal();
    const [{ follow }, { viewFor }] = await Promise.all([import('./follow.ts'), import('./render/view.ts')]);
    const interrupt = new AbortController();
    // Stays for a second Ctrl-C: detaching takes a moment, and nothing more is to be had by insisting.
    const detach = (): void => interrupt.abort();
    process.on('SIGINT', detach);
    const atGate = this.out.settings.interactive ? () => this.#askAtGate(workflowId) : undefined;
    const ended = await follow(client, workflowId, viewFor(this.out), interrupt.signal, atGate).finally(() =>
      process.off('SIGINT', detach),
    );
    if (ended === undefined) {
      this.out.story('detached: the operation goes on');
      for (const hint of hints(workflowId)) this.out.story(hint);
      this.end('interrupted');
      return undefined;
    }
    this.end(as[ended.outcome] ?? ended.outcome);
    return ended;
  }

  /** The answer is the plan itself. */
  async #followPlan(workflowId: string, { file, format }: PlanAnswer): Promise<void> {
    const ended = await this.#toTheEnd(workflowId);
    if (ended === undefined) return;
    const operation = ended.report?.operation;
    if (operation === undefined || ended.outcome !== 'done') return conclude(this.out, workflowId, ended);
    const [{ wholePlan }, { formatOf, planText, writePlan }, { planLines }] = await Promise.all([
      import('./plan-view.ts'),
      import('./plan-file.ts'),
      import('./render/plan.ts'),
    ]);
    const view = await wholePlan(this, operation);
    if (file !== undefined) {
      writePlan(view, file, formatOf(format, file));
      this.out.story(
        `wrote ${file}; stackhand plan apply ${file} does it, until ${new Date(view.plan.expiresAt).toISOString()}`,
      );
      return this.out.answer({ ...view, file }, (colour) => planLines(view, colour));
    }
    if (format !== undefined) this.out.streams.stdout.write(planText(view, format));
    else this.out.answer(view, (colour) => planLines(view, colour, Infinity));
  }

  /** A no ends the operation: it has done nothing. */
  async #askAtGate(workflowId: string): Promise<void> {
    const { approveAtGate } = await import('./approve.ts');
    try {
      await approveAtGate(this, workflowId);
    } catch (error) {
      if (!(error instanceof Declined)) throw error;
      const { client } = await this.temporal();
      await client.workflow.getHandle(workflowId).cancel();
      this.out.story('not agreed to: nothing is touched');
    }
  }

  async find(id: string | undefined, among: Filter): Promise<string> {
    const { findOperation } = await import('./find-operation.ts');
    return findOperation(this, id, among);
  }

  async open(workflowId: string): Promise<WorkflowHandle> {
    const { openHandle } = await import('./open-handle.ts');
    return openHandle(this, workflowId);
  }

  async inspect<W extends Inspect['what']>(input: Extract<Inspect, { what: W }>): Promise<InspectResults[W]> {
    await this.checkConfig();
    const { client } = await this.temporal();
    const { runInspect } = await import('./inspect.ts');
    return runInspect<W>(client, input, { story: (line) => this.out.story(line) });
  }

  /**
   * A wrong config is told before anything is started, also where only the worker would have needed it. What only
   * looks at Temporal, or cancels, works with a broken one: that is when it is needed.
   */
  async checkConfig(): Promise<void> {
    const { loadConfig } = await import('../config/index.ts');
    loadConfig({ path: this.out.settings.config, env: this.#around.env });
  }

  end(ending: Ending): void {
    this.exitCode = exitCodes[ending];
  }

  endAs(code: number): void {
    this.exitCode = code;
  }

  async close(): Promise<void> {
    const connected = await this.#connected?.catch(() => undefined);
    await connected?.close();
  }

  async #connect(): Promise<Connected> {
    const [{ connect }, { offerDev }] = await Promise.all([import('./connect.ts'), import('./offer-dev.ts')]);
    const options = { ...this.out.settings.temporal, env: this.#around.env };
    try {
      return await connect(options);
    } catch (error) {
      if (!(await offerDev(this, error))) throw error;
      return connect(options);
    }
  }
}
