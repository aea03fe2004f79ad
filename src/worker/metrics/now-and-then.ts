import type { Logger } from '@temporalio/common';

/**
 * Runs it at once and then every so many milliseconds, until the returned function is called. What takes longer than that
 * is not begun a second time beside itself. That it fails is said once, and that it works again.
 */
export function nowAndThen(what: string, run: () => Promise<void>, every: number, log: Logger): () => void {
  let underWay = false;
  let failing = false;
  const once = async (): Promise<void> => {
    if (underWay) return;
    underWay = true;
    try {
      await run();
      if (failing) log.info(`${what} can be read again for the metrics`);
      failing = false;
    } catch (error) {
      if (!failing) log.warn(`${what} can't be read for the metrics, which stay as they were`, { error });
      failing = true;
    } finally {
      underWay = false;
    }
  };
  void once();
  const timer = setInterval(() => void once(), every);
  return () => clearInterval(timer);
}
