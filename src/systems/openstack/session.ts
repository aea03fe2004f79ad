import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { CloudAccess } from '../../contracts/cloud-access.ts';
import type { EndpointAnswer } from '../../contracts/cloud-service.ts';
import type { Fault } from '../../contracts/faults.ts';
import { isFault } from '../../contracts/faults.ts';
import { answerFault, requestIdOf } from './answer-fault.ts';
import { CallLimit } from './call-limit.ts';
import { endpointOf, endpointsHere } from './catalogue.ts';
import type { Service } from './catalogue.ts';
import { Exchange } from './exchange.ts';
import type { Content, HttpAnswer, HttpRequest } from './exchange.ts';
import { logIn } from './identity/token.ts';
import type { Token } from './identity/token.ts';
import {
  checkMicroversion,
  compareMicroversions,
  computeMicroversions,
  placementMicroversion,
} from './microversions.ts';
import type { ComputeJob } from './microversions.ts';
import { parseAnswer } from './parse-answer.ts';

export interface Call {
  readonly service: Service;
  readonly method: HttpRequest['method'];
  /** Below the service's endpoint, beginning with a slash; its parts encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** The media type of the body, where it is another than JSON's own. */
  readonly bodyType?: string;
  /** Of compute: which job it is, which decides the microversion. */
  readonly job?: ComputeJob;
  /** In operator's words: "stop server web01". */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  /** Called as it is sent, after any waiting: what it throws keeps it from being sent. */
  readonly beforeSending?: (() => void) | undefined;
}

export interface Answered {
  readonly answer: HttpAnswer;
  /** To find it by in the service's log. */
  readonly requestId?: string;
}

export interface SessionOptions {
  /** API calls at once; the usual number by default. */
  readonly limit?: CallLimit;
}

/** API calls at once. Nova's API gains nothing from more than four on two cores. */
export const usualCalls = 4;

/** Tries of what is safe to try again, and the longest wait a cloud may ask for between two. */
const tries = 4;
const longestWait = 60;
/** A token is renewed this long before its end, so that none runs out on the way. */
const renewBefore = 60_000;

/**
 * One login to one cloud, shared by all who work there: the token is renewed in time and on 401, by one login however
 * many ask for it. What reads is tried again; what changes something is tried again only where the cloud said that
 * nothing happened (401, 429). Everything else is the caller's to decide, by the fault's `arrived`.
 */
export class Session {
  readonly access: CloudAccess;
  readonly #exchange: Exchange;
  readonly #limit: CallLimit;
  #token: Promise<Token> | undefined;
  #highest: Promise<string> | undefined;
  #changing = 0;

  constructor(access: CloudAccess, { limit = new CallLimit(usualCalls) }: SessionOptions = {}) {
    this.access = access;
    this.#exchange = new Exchange(access.tls);
    this.#limit = limit;
  }

  /** Whose credentials these are. */
  async token(signal?: AbortSignal): Promise<Token> {
    const current = this.#token;
    if (current !== undefined) {
      const token = await current.catch(() => undefined);
      if (token !== undefined && token.expiresAt - Date.now() > renewBefore) return token;
      // Another may have renewed it meanwhile.
      if (this.#token !== current) return this.token(signal);
    }
    const renewed = logIn(this.access, this.#exchange);
    this.#token = renewed;
    return renewed;
  }

  /** An answer below 400, parsed. */
  async read<T extends z.ZodType>(call: Call, schema: T): Promise<z.output<T>> {
    for (let attempt = 1; ; attempt += 1) {
      const { answer } = await this.call(call);
      try {
        return parseAnswer(answer, schema, call.what);
      } catch (error) {
        if (call.method !== 'GET' || attempt >= tries) throw error;
      }
    }
  }

  /** Requests that change something, under way or waiting for their turn. */
  get changing(): number {
    return this.#changing;
  }

  /** @throws Fault for any answer above 399; for a connection that broke */
  async call(call: Call): Promise<Answered> {
    const changes = call.method === 'GET' ? 0 : 1;
    this.#changing += changes;
    try {
      return await this.#withTries(call);
    } finally {
      this.#changing -= changes;
    }
  }

  async #withTries(call: Call): Promise<Answered> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#limit.run(() => this.#once(call), call.signal);
      } catch (error) {
        if (!isFault(error) || attempt >= tries || !mayTryAgain(call, error)) throw error;
        const wait = error.details.retryAfter ?? 0.25 * 2 ** attempt;
        if (wait > longestWait) throw error;
        await sleep(wait * 1000, undefined, call.signal === undefined ? {} : { signal: call.signal });
      }
    }
  }

  /**
   * Sends a content that can be read once: no try again, no new login in the middle, and neither limited nor counted
   * with the calls, since it may take hours. Ask something small first, which renews a token that is no good any more.
   * @throws Fault as `call` does
   */
  async upload(call: Omit<Call, 'body' | 'query'>, content: Content): Promise<Answered> {
    const answer = await this.#send({ ...call, content }, await this.token(call.signal));
    if (answer.status >= 400) throw answerFault(answer, call.what);
    return answered(answer);
  }

  /** The address of each API of the catalogue for this region and interface, asked without a token whether it answers. */
  async askEndpoints(signal?: AbortSignal): Promise<EndpointAnswer[]> {
    const { catalogue } = await this.token(signal);
    return Promise.all(
      endpointsHere(catalogue, this.access).map(async ({ service, url }) => {
        // Below the project's part and the version any API answers with what versions it has, to anybody.
        const root = url.replace(/(\/v\d+(?:\.\d+)?)?(\/[^/]*(%|\$|[0-9a-f]{32})[^/]*)?\/*$/, '/');
        const asked = performance.now();
        const answer = await this.#exchange.send({ method: 'GET', url: root, headers: {} }, signal).then(
          ({ status }) => ({ status }),
          (error: unknown) => ({ failure: (error as Error).message }),
        );
        return { service, url: root, milliseconds: Math.round(performance.now() - asked), ...answer };
      }),
    );
  }

  async close(): Promise<void> {
    await this.#exchange.close();
  }

  async #once(call: Call): Promise<Answered> {
    const token = await this.token(call.signal);
    const first = await this.#send(call, token);
    // It may have been revoked, or the clocks differ: one new login, then the answer counts.
    const answer = first.status === 401 ? await this.#send(call, await this.#renewed(token)) : first;
    if (answer.status >= 400) throw answerFault(answer, call.what);
    return answered(answer);
  }

  async #send(call: Call & { readonly content?: Content }, token: Token): Promise<HttpAnswer> {
    const { service, method, path, query = {}, body, bodyType, content, job, signal } = call;
    const endpoint = endpointOf(service, token.catalogue, this.access);
    const asked = new URLSearchParams(
      Object.entries(query).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, String(value)]],
      ),
    ).toString();
    const version = job === undefined ? undefined : computeMicroversions[job];
    if (version !== undefined) await this.#checkMicroversion(version, call.what, endpoint, token);
    call.beforeSending?.();
    return this.#exchange.send(
      {
        method,
        url: `${endpoint}${path}${asked === '' ? '' : `?${asked}`}`,
        headers: {
          'x-auth-token': token.secret,
          ...(version === undefined ? {} : { 'openstack-api-version': `compute ${version}` }),
          ...(service === 'placement' ? { 'openstack-api-version': `placement ${placementMicroversion}` } : {}),
          ...(bodyType === undefined ? {} : { 'content-type': bodyType }),
        },
        ...(body === undefined ? {} : { body }),
        ...(content === undefined ? {} : { content }),
      },
      signal,
    );
  }

  async #renewed(refused: Token): Promise<Token> {
    const current = await this.#token?.catch(() => undefined);
    if (current === refused) this.#token = undefined;
    return this.token();
  }

  /** True where compute's microversions of this cloud, as capped, go up to that one. */
  async reaches(microversion: string, signal?: AbortSignal): Promise<boolean> {
    const token = await this.token(signal);
    const highest = await this.#highestMicroversion(endpointOf('compute', token.catalogue, this.access), token);
    return compareMicroversions(microversion, highest) <= 0;
  }

  async #checkMicroversion(version: string, what: string, endpoint: string, token: Token): Promise<void> {
    const highest = await this.#highestMicroversion(endpoint, token);
    checkMicroversion(version, highest, what, this.access.microversionCaps['compute'] === highest);
  }

  async #highestMicroversion(endpoint: string, token: Token): Promise<string> {
    this.#highest ??= this.#discover(endpoint, token);
    try {
      return await this.#highest;
    } catch (error) {
      this.#highest = undefined;
      throw error;
    }
  }

  /** GET of the endpoint's version document (api-ref compute, "Show Details of Specific API Version"). */
  async #discover(endpoint: string, token: Token): Promise<string> {
    const url = `${endpoint.replace(/(\/v\d+(?:\.\d+)?)\/.*$/, '$1')}/`;
    const what = 'the versions of the compute service';
    const answer = await this.#exchange.send({ method: 'GET', url, headers: { 'x-auth-token': token.secret } });
    if (answer.status >= 400) throw answerFault(answer, what);
    const found = parseAnswer(answer, versionDocument, what).version.version;
    const cap = this.access.microversionCaps['compute'];
    const highest = found === '' ? '2.1' : found;
    return cap !== undefined && compareMicroversions(cap, highest) < 0 ? cap : highest;
  }
}

function answered(answer: HttpAnswer): Answered {
  const requestId = requestIdOf(answer);
  return { answer, ...(requestId === undefined ? {} : { requestId }) };
}

const versionDocument = z.object({ version: z.object({ version: z.string() }) });

function mayTryAgain({ method }: Call, fault: Fault): boolean {
  if (fault.type === 'CloudBusy') return true;
  return method === 'GET' && !fault.permanent;
}
