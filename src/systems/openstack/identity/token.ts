import { z } from 'zod';
import type { CloudAccess, Credentials, Domain, Named } from '../../../contracts/cloud-access.ts';
import { Fault, isFault } from '../../../contracts/faults.ts';
import { answerFault } from '../answer-fault.ts';
import { catalogue } from '../catalogue.ts';
import type { Catalogue } from '../catalogue.ts';
import type { Exchange } from '../exchange.ts';
import { parseAnswer } from '../parse-answer.ts';

/** A login: the token, and whose it is. */
export interface Token {
  readonly secret: string;
  /** Milliseconds since the epoch, by the cloud's clock. */
  readonly expiresAt: number;
  readonly userId: string;
  readonly userName: string;
  readonly projectId?: string;
  readonly roles: readonly string[];
  readonly catalogue: Catalogue;
}

const answer = z.object({
  token: z.object({
    expires_at: z.string(),
    user: z.object({ id: z.string(), name: z.string() }),
    project: z.object({ id: z.string() }).optional(),
    roles: z.array(z.object({ name: z.string() })).default([]),
    catalog: catalogue.default([]),
  }),
});

/**
 * Logs in at Keystone v3: POST /v3/auth/tokens (api-ref identity v3, "Password authentication", "Token
 * authentication", "Authenticating with an Application Credential").
 * @throws Fault CloudLoginRefused, CloudUnreachable, CloudFailed
 */
export async function logIn(access: CloudAccess, exchange: Exchange, signal?: AbortSignal): Promise<Token> {
  const url = `${access.authUrl}/v3/auth/tokens`;
  const body = { auth: { identity: identityOf(access.credentials), ...scopeOf(access) } };
  const response = await exchange.send({ method: 'POST', url, headers: {}, body }, signal);
  const what = `the login at ${access.authUrl}`;
  if (response.status >= 400) throw loginFault(answerFault(response, what), access);
  const secret = response.headers['x-subject-token'];
  const { token } = parseAnswer(response, answer, what);
  if (secret === undefined)
    throw new Fault('CloudAnswerInvalid', `${what}: the answer has no X-Subject-Token`, { where: url });
  return {
    secret,
    expiresAt: Date.parse(token.expires_at),
    userId: token.user.id,
    userName: token.user.name,
    ...(token.project === undefined ? {} : { projectId: token.project.id }),
    roles: token.roles.map(({ name }) => name),
    catalogue: token.catalog,
  };
}

/** Keystone answers 404 where a domain is unknown, or where the address is no Keystone. */
function loginFault(fault: Fault, access: CloudAccess): Fault {
  if (!isFault(fault) || fault.type !== 'CloudResourceNotFound') return fault;
  return new Fault('CloudLoginRefused', fault.message, {
    ...fault.details,
    remedy: `check auth_url (${access.authUrl}) and the domains of the user and the project`,
  });
}

function identityOf(credentials: Credentials) {
  if (credentials.kind === 'token') return { methods: ['token'], token: { id: credentials.token } };
  if (credentials.kind === 'password')
    return {
      methods: ['password'],
      password: { user: { ...reference(credentials.user), password: credentials.password } },
    };
  const { secret } = credentials;
  return {
    methods: ['application_credential'],
    application_credential:
      'id' in credentials
        ? { id: credentials.id, secret }
        : { name: credentials.name, user: reference(credentials.user), secret },
  };
}

function scopeOf({ scope }: CloudAccess) {
  if (scope === undefined) return {};
  if ('system' in scope) return { scope: { system: { all: true } } };
  return 'domain' in scope
    ? { scope: { domain: domain(scope.domain) } }
    : { scope: { project: reference(scope.project) } };
}

const reference = (named: Named) =>
  'id' in named ? { id: named.id } : { name: named.name, domain: domain(named.domain) };
const domain = (found: Domain) => ('id' in found ? { id: found.id } : { name: found.name });
