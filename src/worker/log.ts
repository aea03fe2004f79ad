import { destination, pino } from 'pino';
import { DefaultLogger } from '@temporalio/worker';
import type { Logger } from '@temporalio/worker';

/** JSON lines on stderr; the SDK's own at STACKHAND_LOG (warn by default). */
export function workerLogger(): Logger {
  const log = pino({ level: process.env['STACKHAND_LOG'] ?? 'warn' }, destination(2));
  return new DefaultLogger('TRACE', ({ level, message, meta }) => {
    const name = level.toLowerCase() as 'trace' | 'debug' | 'info' | 'warn' | 'error';
    log[name]({ ...meta }, message);
  });
}
