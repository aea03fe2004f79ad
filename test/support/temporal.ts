import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { registerSearchAttributes } from '../../src/client/temporal/namespace.ts';
import { taskQueue } from '../../src/contracts/operation.ts';
import { builtBundle } from './built.ts';
import { recordHistories } from './record.ts';
import { installQuietRuntime } from './runtime.ts';
import { expectNoSecrets } from './secrets.ts';
import { OwnServer, sharedServer } from './server.ts';

export interface TemporalOptions {
  /** A server of this file's own. */
  readonly own?: boolean;
  /** Starts another one, and gives its address. */
  readonly at?: () => Promise<string>;
}

/**
 * Temporal for one test file, in a namespace of its own, so that the queue names and workflow ids of production can be
 * used as they are. Call it once, at the top of the file:
 *
 *   const temporal = useTemporal();
 *   test('…', async () => {
 *     await temporal.startWorker({ activities });
 *     await temporal.client.workflow.execute(…);
 *   });
 *
 * At the end everything that Temporal then holds is searched for the credentials of the file (secrets.ts).
 *
 * `own: true` gives a server of this file's own, whose `server.kill()` and `server.startAgain()` lose nothing.
 */
export function useTemporal(options: TemporalOptions = {}): TestTemporal {
  const temporal = new TestTemporal();
  beforeAll(() => temporal.open(options), 120_000);
  afterEach(() => temporal.stopWorkers(), 30_000);
  afterAll(async () => {
    try {
      const record = process.env['STACKHAND_RECORD'];
      if (temporal.running && record !== undefined) await recordHistories(temporal.client, record);
      if (temporal.running) await expectNoSecrets(temporal.place);
    } finally {
      await temporal.close();
    }
  }, 120_000);
  return temporal;
}

export interface TestWorker {
  readonly worker: Worker;
  /** Orderly; the test's end does it too. A worker that is not shut down would let jest hang after its tests. */
  stop(): Promise<void>;
}

class TestTemporal {
  readonly namespace = `test-${randomUUID().slice(0, 8)}`;
  #workers = new Set<TestWorker>();
  #opened: { address: string; connection: Connection; client: Client } | undefined;
  #own: OwnServer | undefined;

  get address(): string {
    return this.#now.address;
  }

  get client(): Client {
    return this.#now.client;
  }

  /** What the environment of a real client or worker process needs to be in this namespace. */
  get env(): { TEMPORAL_ADDRESS: string; TEMPORAL_NAMESPACE: string } {
    return { TEMPORAL_ADDRESS: this.address, TEMPORAL_NAMESPACE: this.namespace };
  }

  /** Where its workflows are. */
  get place(): { readonly connection: Connection; readonly namespace: string } {
    return { connection: this.#now.connection, namespace: this.namespace };
  }

  /** False where a test has killed the server for good, or it never came up. */
  get running(): boolean {
    return this.#opened !== undefined && this.#own?.killed !== true;
  }

  /** Only with `own: true`. */
  get server(): OwnServer {
    if (this.#own === undefined) throw new Error('a shared server is not killed: useTemporal({ own: true })');
    return this.#own;
  }

  /** Serves the project's workflows on the queue of production, unless the options say otherwise. */
  async startWorker(options: Partial<WorkerOptions> = {}): Promise<TestWorker> {
    const connection = await NativeConnection.connect({ address: this.address });
    const own = options.workflowBundle !== undefined || options.workflowsPath !== undefined;
    const worker = await Worker.create({
      connection,
      namespace: this.namespace,
      taskQueue,
      // Heartbeats and cancellation as fast as a test waits for them.
      maxHeartbeatThrottleInterval: '100ms',
      defaultHeartbeatThrottleInterval: '100ms',
      shutdownForceTime: '10s',
      ...(own ? {} : { workflowBundle: await builtBundle() }),
      ...options,
    });
    const running = worker.run();
    // Told at stop(); until then nobody waits for it.
    running.catch(() => {});
    const started: TestWorker = {
      worker,
      stop: async () => {
        if (!this.#workers.delete(started)) return;
        if (worker.getState() === 'RUNNING') worker.shutdown();
        await running.finally(() => connection.close());
      },
    };
    this.#workers.add(started);
    return started;
  }

  async open({ own = false, at }: TemporalOptions): Promise<void> {
    installQuietRuntime();
    this.#own = own ? await OwnServer.start() : undefined;
    const address = this.#own?.address ?? (await at?.()) ?? (await sharedServer()).address;
    const connection = await Connection.connect({ address });
    await connection.workflowService.registerNamespace({
      namespace: this.namespace,
      workflowExecutionRetentionPeriod: msToTs('90 days'),
    });
    await registerSearchAttributes(connection, this.namespace);
    this.#opened = { address, connection, client: new Client({ connection, namespace: this.namespace }) };
  }

  async stopWorkers(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.stop()));
  }

  async close(): Promise<void> {
    await this.#opened?.connection.close();
    await this.#own?.stop();
  }

  get #now(): { address: string; connection: Connection; client: Client } {
    if (this.#opened === undefined) throw new Error('Temporal is there in tests and hooks, not while the file loads');
    return this.#opened;
  }
}

export type { TestTemporal };
