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
  const refused = tlsRefusal(error.details);
  if (refused !== undefined)
    return new Fault('TemporalRefused', `Temporal at ${address}: ${refused.why}`, { ...where, remedy: refused.remedy });
  const message = `Temporal at ${address} does not answer (${reason(error.details)})`;
  return new Fault('TemporalUnreachable', message, where, { cause: error });
}

/** TLS says no in OpenSSL's words: who is meant by them, and what to do. */
function tlsRefusal(details: string): { readonly why: string; readonly remedy: string } | undefined {
  const ours = 'name a certificate that it takes: TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH';
  if (/alert certificate required/.test(details)) return { why: 'it wants a client certificate', remedy: ours };
  if (/alert (unknown ca|bad certificate|certificate \w+|access denied)/.test(details))
    return { why: 'it refused the client certificate', remedy: ours };
  const [untrusted] = /self-signed certificate|unable to [\w ]*certificate|certificate has expired/.exec(details) ?? [];
  if (untrusted !== undefined)
    return {
      why: `its certificate is not trusted (${untrusted})`,
      remedy: 'name its CA: TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    };
  if (details.includes("does not match certificate's altnames"))
    return { why: 'its certificate has another name', remedy: 'say which: TEMPORAL_TLS_SERVER_NAME' };
  // It hung up without a word, as a server with TLS does where none is spoken, or where it doesn't like a certificate.
  if (details.includes('Failed to connect'))
    return {
      why: 'it closes the connection at once; it may want TLS, or another client certificate',
      remedy: 'check the address, TEMPORAL_TLS and the files that TEMPORAL_TLS_* name',
    };
  return undefined;
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
