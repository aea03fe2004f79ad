import { Connection, isGrpcServiceError } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { Fault } from '../../contracts/faults.ts';
import { namespaceRetention } from './namespace.ts';

/** gRPC status codes: https://grpc.io/docs/guides/status-codes */
const notFound = 5;
const permissionDenied = 7;
const unauthenticated = 16;

export interface NamespaceFacts {
  /** Days for which the server keeps closed workflows; undefined where it doesn't say. */
  readonly retentionDays: number | undefined;
}

/**
 * One bounded call that proves address, TLS, credentials and namespace together. Without the SDK's retries, so that a
 * refused connection is told at once. Throws TemporalUnreachable or TemporalRefused.
 */
export async function probe(options: ConnectionOptions, namespace: string, within = 5_000): Promise<NamespaceFacts> {
  const connection = Connection.lazy({ ...options, interceptors: [] });
  try {
    const retentionDays = await connection.withDeadline(Date.now() + within, () =>
      namespaceRetention(connection, namespace),
    );
    return { retentionDays };
  } catch (error) {
    throw explained(error, options.address ?? '', namespace);
  } finally {
    await connection.close();
  }
}

function explained(error: unknown, address: string, namespace: string): Fault {
  const where = { where: address };
  if (!isGrpcServiceError(error)) {
    const message = `Temporal at ${address} can't be reached: ${(error as Error).message}`;
    return new Fault('TemporalUnreachable', message, where, { cause: error });
  }
  if (error.code === notFound) {
    const message = `Temporal at ${address} has no namespace "${namespace}"`;
    return new Fault('TemporalRefused', message, where, { cause: error });
  }
  if (error.code === permissionDenied || error.code === unauthenticated) {
    const message = `Temporal at ${address} refused namespace "${namespace}": ${error.details}`;
    return new Fault('TemporalRefused', message, where, { cause: error });
  }
  const message = `Temporal at ${address} does not answer (${reason(error.details)})`;
  return new Fault('TemporalUnreachable', message, where, { cause: error });
}

/** gRPC wraps the system's word in a few of its own: "No connection established. Last error: connect ECONNREFUSED …". */
function reason(details: string): string {
  if (details.includes('ECONNREFUSED')) return 'connection refused: nothing listens there';
  if (details.includes('ENOTFOUND') || details.includes('Name resolution failed')) return 'the name does not resolve';
  if (/deadline exceeded/i.test(details)) return 'no answer in time';
  // What gRPC says of a proxy that refuses.
  if (details.startsWith('undefined')) return 'no connection';
  return details.replace(/^No connection established\. Last error: /, '');
}
