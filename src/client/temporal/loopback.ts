import type { ConnectionOptions } from '@temporalio/client';

/** gRPC would send even 127.0.0.1 through the proxy that http_proxy names. */
export function loopback(address: string): Pick<ConnectionOptions, 'channelArgs'> {
  return /^(127\.|localhost:|\[::1\])/.test(address) ? { channelArgs: { 'grpc.enable_http_proxy': 0 } } : {};
}
