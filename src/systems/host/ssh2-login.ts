import { connect as connectTo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Client, type NextAuthHandler, type ServerHostKeyAlgorithm } from 'ssh2';
import { Fault } from '../../contracts/faults.ts';
import type { Hop } from './hops.ts';
import {
  fingerprint,
  hostName,
  judgeHostKey,
  keyType,
  knownTypes,
  readKnownHosts,
  type KnownHost,
} from './known-hosts.ts';
import { credentialsFor, type Credentials } from './ssh2-auth.ts';
import type { Settings } from './settings.ts';

/** Takes a host's public key in SSH's own format, or tells the Fault that it is. */
export type HostKeyCheck = (key: Buffer) => Fault | undefined;

export interface Login {
  readonly client: Client;
  /** Says goodbye and hangs up, also on somebody who doesn't answer. Idempotent. */
  end(): void;
}

/** Logs in to each hop through the one before it. */
export async function loginThrough(hops: readonly Hop[], settings: Settings): Promise<Login[]> {
  const logins: Login[] = [];
  try {
    for (const hop of hops) {
      const known = await readKnownHosts(hop.knownHosts, settings.home);
      logins.push(await handshake(hop, settings, known, checkAgainst(hop, known), logins.at(-1)));
    }
    return logins;
  } catch (error) {
    for (const login of logins.reverse()) login.end();
    throw error;
  }
}

/** Logs in to one hop: its host key is checked before anything is offered to it. */
export async function handshake(
  hop: Hop,
  settings: Settings,
  known: readonly KnownHost[],
  check: HostKeyCheck,
  jump: Login | undefined,
): Promise<Login> {
  const credentials = await credentialsFor(hop, settings);
  const stream = jump ? await streamThrough(jump.client, hop, settings) : openSocket(hop);
  const client = new Client();
  const login: Login = {
    client,
    end: () => {
      client.end();
      setTimeout(() => stream.destroy(), 1000).unref();
    },
  };
  return new Promise((resolve, reject) => {
    let fault: Fault | undefined;
    const notes: string[] = [];
    const offered: string[] = [];
    const refused = (why: string): Fault =>
      refusal(hop, credentials, offered, [...notes, ...credentials.unusable], why);

    const nextAuth = (left: string[] | null, partial: boolean | null, next: NextAuthHandler): void => {
      const candidate = credentials.methods[offered.length];
      if (partial) fault = refused(`wants more than a key (${left?.join(', ')})`);
      else if (left && !left.includes('publickey')) fault = refused(`takes no keys, only ${left.join(', ')}`);
      else if (!candidate) fault = refused('refused the login');
      if (fault || !candidate) return next(false as never);
      offered.push(candidate.label);
      next(candidate.method);
    };

    client.on('error', (error: Error & { level?: string }) => {
      if (error.level === 'agent') {
        notes.push(`ssh-agent can't be asked (${error.message})`);
        return;
      }
      // a server that has had enough of our keys says so and hangs up
      const tooMany = /too many authentication failures/i.test(error.message);
      fault ??= tooMany ? refused(`refused the login (${error.message})`) : unreachable(hop, error);
      reject(fault);
    });
    client.once('close', () => {
      reject(fault ?? unreachable(hop, new Error('it closed the connection during the login')));
    });
    client.once('ready', () => resolve(login));
    client.connect({
      sock: stream,
      username: hop.user,
      readyTimeout: settings.connectTimeoutMs,
      keepaliveInterval: 15_000,
      keepaliveCountMax: 4,
      algorithms: { serverHostKey: preferred(knownTypes(known, hop.address, hop.port)) },
      // called with the key itself, since no hostHash is asked for
      hostVerifier: (key: Buffer) => {
        fault = check(key);
        return fault === undefined;
      },
      authHandler: nextAuth,
    });
  }).catch((error: unknown) => {
    login.end();
    throw error;
  }) as Promise<Login>;
}

/** Small packets at once: a command's end shall not wait for an acknowledgement. */
function openSocket({ address, port }: Hop): Socket {
  return connectTo({ host: address, port, noDelay: true });
}

/** The TCP connection that a jump host opens for us. */
function streamThrough(jump: Client, hop: Hop, settings: Settings): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(unreachable(hop, new Error('its jump host could not reach it in time')));
    }, settings.connectTimeoutMs);
    const failed = (error: Error): void => {
      reject(unreachable(hop, new Error(`its jump host could not reach it: ${error.message}`)));
    };
    try {
      jump.forwardOut('127.0.0.1', 0, hop.address, hop.port, (error, channel) => {
        clearTimeout(timer);
        if (late) channel?.close();
        else if (error) failed(error);
        else resolve(channel);
      });
    } catch (error) {
      // the jump host has hung up meanwhile
      clearTimeout(timer);
      failed(error as Error);
    }
  });
}

function checkAgainst(hop: Hop, known: readonly KnownHost[]): HostKeyCheck {
  return (key) => {
    const verdict = judgeHostKey(known, hop.address, hop.port, key);
    const presented = `${keyType(key)} ${fingerprint(key)}`;
    const { label, where, spec } = hop;
    const trust = `stackhand host trust ${spec}`;
    const forget = `ssh-keygen -R '${hostName(hop.address, hop.port)}' -f ${hop.knownHosts[0]}`;
    const changed = (message: string): Fault => {
      const remedy = `find out why the key changed; if it is right: ${forget}, then ${trust}`;
      return new Fault('HostKeyChanged', message, { where, remedy });
    };
    switch (verdict.state) {
      case 'same':
        return undefined;
      case 'changed':
        return changed(`the host key of ${label} is not the one in known_hosts: it presents ${presented}`);
      case 'revoked':
        return changed(`${label} presents a host key that known_hosts marks as revoked: ${presented}`);
      case 'unknown': {
        const others = verdict.otherTypes.length > 0 ? ` (which has ${verdict.otherTypes.join(', ')} for it)` : '';
        const message = `the host key of ${label} is not in known_hosts${others}: it presents ${presented}`;
        const remedy = `compare the fingerprint with the host's own, then run: ${trust}`;
        return new Fault('HostKeyUnknown', message, { where, remedy });
      }
    }
  };
}

function refusal(
  hop: Hop,
  { methods }: Credentials,
  offered: readonly string[],
  unusable: readonly string[],
  why: string,
): Fault {
  const tried = methods.length === 0 ? 'there was no key to offer' : `offered: ${offered.join(', ') || 'nothing'}`;
  const parts = [`${hop.label} ${why}`, tried, ...unusable];
  return new Fault('AuthenticationRefused', parts.join('; '), { where: hop.where });
}

function unreachable(hop: Hop, error: Error & { code?: unknown; level?: string }): Fault {
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'nothing listens on that port',
    ENOTFOUND: 'its name has no address',
    EAI_AGAIN: 'its name could not be looked up',
    EHOSTUNREACH: 'there is no way to it',
    ENETUNREACH: 'there is no way to its network',
    ETIMEDOUT: 'it gave no answer',
  };
  const reason = reasons[String(error.code)] ?? error.message;
  return new Fault(
    'HostUnreachable',
    `no connection to ${hop.label}: ${reason}`,
    { where: hop.where },
    { cause: error },
  );
}

const hostKeyAlgorithms: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** A host with several keys shows the first of these that it has: ask for what can be checked. */
function preferred(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: string): boolean => types.includes(algorithm.replace(/^rsa-sha2-.*/, 'ssh-rsa'));
  return [...hostKeyAlgorithms].sort((a, b) => Number(isKnown(b)) - Number(isKnown(a)));
}
