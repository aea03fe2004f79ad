import { CancellationScope, isCancellation } from '@temporalio/workflow';

/** Work beside the runbook. It outlives a cancel of the operation, since the undo still needs it. */
export interface Background<T> {
  /** What it ended with; undefined while it runs, or when it was stopped. */
  readonly outcome: T | undefined;
  stop(): Promise<void>;
}

/**
 * Cancellable by `stop` alone: `cancel()` has no effect on a nonCancellable scope, so there is a second one in it. Made
 * in there, since a scope is cancelled with the one it is made in.
 */
export function inBackground<T>(run: () => Promise<T>): Background<T> {
  const outer = new CancellationScope({ cancellable: false });
  let inner: CancellationScope | undefined;
  let outcome: T | undefined;
  const ended = outer.run(() => {
    inner = new CancellationScope();
    return inner.run(async () => {
      try {
        outcome = await run();
      } catch (error) {
        if (!isCancellation(error)) throw error;
      }
    });
  });
  // Its failure must not fail the workflow task as an unhandled rejection. Nobody is told: what runs beside a runbook
  // tries again by itself, and what it does not reach shows in the runbook's own steps.
  ended.catch(() => undefined);
  return {
    get outcome() {
      return outcome;
    },
    async stop() {
      inner?.cancel();
      await ended.catch(() => undefined);
    },
  };
}
