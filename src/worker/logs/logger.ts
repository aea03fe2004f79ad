import { destination, pino } from 'pino';
import { DefaultLogger, makeTelemetryFilterString } from '@temporalio/worker';
import type { Logger, TelemetryOptions } from '@temporalio/worker';
import { Fault } from '../../contracts/faults.ts';
import { errorText } from './error-text.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

/**
 * JSON lines on stderr, from STACKHAND_LOG on: info by default, which tells what each operation does.
 * @throws Fault InvalidInput for a level that is none
 */
export function workerLogger(level: string = process.env['STACKHAND_LOG'] ?? 'info'): Logger {
  if (!levels.some((each) => each === level))
    throw new Fault('InvalidInput', `STACKHAND_LOG=${level}: expected one of ${levels.join(', ')}`);
  const log = pino({ level, serializers: { error: errorText } }, destination(2));
  return new DefaultLogger('TRACE', ({ level: said, message, meta }) => {
    log[said.toLowerCase() as Level]({ ...meta }, message);
  });
}

/** What the SDK's native part says goes the same way: by itself it writes lines of its own form. */
export const nativeLogs: NonNullable<TelemetryOptions['logging']> = {
  filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }),
  forward: {},
};
