import { NativeConnection } from '@temporalio/worker';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { Fault } from '../contracts/faults.ts';

/** @throws Fault TemporalUnreachable, with where to learn more: the native part says only that it did not work */
export async function connectNatively(options: NativeConnectionOptions): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(options);
  } catch (error) {
    const { address = 'its usual address' } = options;
    throw new Fault(
      'TemporalUnreachable',
      `Temporal at ${address} can't be reached: ${(error as Error).message}`,
      { where: address, remedy: 'in the same environment stackhand doctor says why: address, TLS files or API key' },
      { cause: error },
    );
  }
}
