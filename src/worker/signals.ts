import type { NativeConnection, Worker } from '@temporalio/worker';
import { machineOf, siteQueue } from '../contracts/operation.ts';
import type { Build } from './build.ts';
import { untilItMayLeave } from './leave.ts';
import type { Leaving } from './leave.ts';

const signals = ['SIGTERM', 'SIGINT'] as const;

/** A terminal and a service manager may each tell a process and its parent, which passes it on: that is one signal. */
const sameSignal = 1000;

const say = (line: string): void => void process.stderr.write(`worker: ${line}\n`);

/**
 * Lets the workers go at a signal: at once, or, where operations are pinned to this build, when they may; at a second
 * signal at once. Until the returned function is called.
 */
export function heedSignals(
  connection: NativeConnection,
  namespace: string,
  workers: readonly Worker[],
  sites: readonly string[],
  pinning: { readonly build: Build; readonly presence: { end(): Promise<void> } } | undefined,
): () => void {
  const now = new AbortController();
  let first: number | undefined;
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    // What then hangs ends at the next signal as any process does.
    setTimeout(forget, sameSignal).unref();
  };
  const forget = (): void => {
    for (const signal of signals) process.off(signal, heed);
  };
  const heed = (): void => {
    if (first !== undefined) {
      if (Date.now() - first > sameSignal) now.abort();
      return;
    }
    first = Date.now();
    if (pinning === undefined) {
      void tellWhatIsLeft(connection, namespace);
      stop();
      return;
    }
    const identity = workers[0]?.options.identity ?? '';
    const queues = [undefined, ...sites].map(needOf);
    const { build, presence } = pinning;
    const endPresence = (): Promise<void> => presence.end();
    void untilItMayLeave({ build, identity, endPresence, queues, say, now: now.signal }).then(stop);
  };
  for (const signal of signals) process.on(signal, heed);
  return forget;
}

/** Only uploads from its files need a machine's own queue. */
const needOf = (site: string | undefined): Leaving['queues'][number] =>
  site === undefined || machineOf(site) === undefined
    ? { queue: siteQueue(site) }
    : { queue: siteQueue(site), types: ['imageUpload'] };

/** A word on what the next worker will go on with. Nothing waits for it. */
async function tellWhatIsLeft(connection: NativeConnection, namespace: string): Promise<void> {
  const query = `ExecutionStatus = 'Running' AND StackhandOperation IS NOT NULL`;
  const { count } = await connection.workflowService
    .countWorkflowExecutions({ namespace, query })
    .catch(() => ({ count: undefined }));
  const open = Number(count ?? 0);
  if (open > 0) say(`${String(open)} ${open === 1 ? 'operation is' : 'operations are'} left to the next worker`);
}
