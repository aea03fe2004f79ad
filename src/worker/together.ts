import type { Worker } from '@temporalio/worker';

/**
 * Runs the workers of a process until all have ended. One that fails takes the others with it: a process that serves some
 * of its queues looks alive, and nobody would start it again.
 * @throws what the first that failed threw
 */
export async function runTogether(workers: readonly Pick<Worker, 'run' | 'shutdown' | 'getState'>[]): Promise<void> {
  const stopAll = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const failures: unknown[] = [];
  await Promise.all(
    workers.map((worker) =>
      worker.run().catch((error: unknown) => {
        failures.push(error);
        stopAll();
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
