import { Client, Connection } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Fault } from '../contracts/faults.ts';
import { clientConverter } from '../payloads/data-converter.ts';
import { devDirectory, devState, lastDevAddress } from './temporal/dev.ts';
import { loopback } from './temporal/loopback.ts';
import { probe } from './temporal/probe.ts';

export interface ConnectOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Each wins over the environment and temporal.toml. */
  readonly address?: string;
  readonly namespace?: string;
  readonly profile?: string;
  /** Milliseconds until Temporal must have answered. */
  readonly within?: number;
}

/** Which Temporal is meant, before anything is sent to it. */
export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  /** Who said so: somebody named it, our own dev server runs, or nobody said anything and this is where one would be. */
  readonly origin: 'configured' | 'dev' | 'default';
  readonly options: ConnectionOptions;
}

export interface Connected {
  readonly client: Client;
  readonly connection: Connection;
  readonly target: TemporalTarget;
  /** Days for which closed workflows are kept; undefined where the server doesn't say. */
  readonly retentionDays: number | undefined;
  close(): Promise<void>;
}

/** Connects, or says within seconds, in one sentence, why not: TemporalUnreachable, TemporalRefused, ConfigInvalid. */
export async function connect(options: ConnectOptions = {}): Promise<Connected> {
  const dataConverter = clientConverter(options.env ?? process.env);
  const target = await resolveTemporal(options);
  const { retentionDays } = await probe(target.options, target.namespace, options.within);
  const connection = await Connection.connect(target.options);
  const client = new Client({ connection, namespace: target.namespace, dataConverter });
  return { client, connection, target, retentionDays, close: () => connection.close() };
}

/**
 * TEMPORAL_* and the profile of temporal.toml (@temporalio/envconfig), else a running `stackhand dev` of this user,
 * or where that was the last time, else the address that every Temporal program assumes.
 */
export async function resolveTemporal(options: ConnectOptions = {}): Promise<TemporalTarget> {
  const env = options.env ?? process.env;
  const { connectionOptions, namespace } = loadProfile(env, options.profile);
  const configured = options.address ?? connectionOptions.address;
  const dev = configured === undefined ? await devState(devDirectory(env)) : undefined;
  // Who has had a dev server means that one, though it is down: another's may listen at the usual address by now.
  const last = configured === undefined && dev === undefined ? await lastDevAddress(devDirectory(env)) : undefined;
  const address = configured ?? dev?.address ?? last ?? '127.0.0.1:7233';
  return {
    address,
    namespace: options.namespace ?? namespace ?? 'default',
    origin: configured !== undefined ? 'configured' : dev !== undefined ? 'dev' : 'default',
    options: { ...connectionOptions, address, ...loopback(address) },
  };
}

function loadProfile(env: NodeJS.ProcessEnv, profile: string | undefined): ReturnType<typeof loadClientConnectConfig> {
  // An empty one is how a shell or a unit file takes a variable back.
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  );
  const options = { overrideEnvVars, ...(profile === undefined ? {} : { profile }) };
  try {
    try {
      return loadClientConnectConfig(options);
    } catch (error) {
      // SDK 1.24 trips over a file that has no profile in it, such as an empty one.
      const named = profile ?? env['TEMPORAL_PROFILE'];
      if ((error as Error).name !== 'TypeError' || named !== undefined) throw error;
      return loadClientConnectConfig({ ...options, disableFile: true });
    }
  } catch (error) {
    throw new Fault(
      'ConfigInvalid',
      `Temporal's own configuration can't be read: ${(error as Error).message}`,
      { remedy: 'correct TEMPORAL_* in the environment, or the profile in temporal.toml (temporal config list)' },
      { cause: error },
    );
  }
}
