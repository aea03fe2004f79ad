import { z } from 'zod';
import type { CloudAccess, Credentials, Domain, Named, Scope } from '../../contracts/cloud-access.ts';
import { Fault } from '../../contracts/faults.ts';
import { httpAddress } from '../pieces.ts';

/**
 * What clouds.yaml, OS_* and an adminrc say of a cloud, under one set of names: those of clouds.yaml, `auth` laid
 * flat. The names are openstacksdk's (openstack.config.defaults, keystoneauth1.loading), older spellings included.
 */
const word = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const known = z.looseObject({
  auth_url: httpAddress.optional(),
  auth_type: word.optional(),
  username: word.optional(),
  user_id: word.optional(),
  password: word.optional(),
  user_domain_id: word.optional(),
  user_domain_name: word.optional(),
  token: word.optional(),
  application_credential_id: word.optional(),
  application_credential_name: word.optional(),
  application_credential_secret: word.optional(),
  project_id: word.optional(),
  project_name: word.optional(),
  tenant_id: word.optional(),
  tenant_name: word.optional(),
  project_domain_id: word.optional(),
  project_domain_name: word.optional(),
  default_domain: word.optional(),
  default_domain_id: word.optional(),
  default_domain_name: word.optional(),
  domain_id: word.optional(),
  domain_name: word.optional(),
  system_scope: word.optional(),
  identity_api_version: word.optional(),
  region_name: word.optional(),
  interface: word.optional(),
  endpoint_type: word.optional(),
  verify: word.optional(),
  insecure: word.optional(),
  cacert: word.optional(),
  cert: word.optional(),
  key: word.optional(),
});
type Known = z.output<typeof known>;

/** Settings by name, as one of the sources gave them. */
export type CloudSettings = Readonly<Record<string, unknown>>;

export interface AccessOptions {
  /** As operators name it. */
  readonly name: string;
  /** Where the settings stand, for messages: a file with the entry's name, or "OS_* of the worker". */
  readonly source: string;
  /** Makes a path of the settings absolute. */
  readonly path: (path: string) => string;
  readonly microversionCaps?: Readonly<Record<string, string>>;
}

/**
 * Everything decided. Messages name settings and never show a value, which may be a secret.
 * @throws Fault ConfigInvalid with every setting that is wrong or missing
 */
export function cloudAccess(found: CloudSettings, options: AccessOptions): CloudAccess {
  // An empty variable means nothing, as to openstacksdk.
  const said = Object.fromEntries(
    Object.entries(found).filter(([, value]) => value !== '' && value !== null && value !== undefined),
  );
  const parsed = known.safeParse(said);
  if (!parsed.success)
    throw invalid(
      options,
      parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    );
  const settings = parsed.data;
  const problems: string[] = [];
  if (settings.auth_url === undefined) problems.push('auth_url is missing: the address of Keystone');
  if (settings.identity_api_version !== undefined && !/^3(\.|$)/.test(settings.identity_api_version))
    problems.push('identity_api_version: only 3 is supported');
  const credentials = credentialsOf(settings, problems);
  const scope = scopeOf(settings);
  if (scope === undefined && credentials?.kind === 'password')
    problems.push('project_name is missing: the project to work in (or system_scope)');
  if (settings.auth_url === undefined || credentials === undefined || problems.length > 0)
    throw invalid(options, problems);
  const region = settings.region_name;
  return {
    name: options.name,
    authUrl: settings.auth_url.replace(/\/+$/, '').replace(/\/v3$/, ''),
    credentials,
    ...(scope === undefined || credentials.kind === 'application credential' ? {} : { scope }),
    ...(region === undefined ? {} : { region }),
    interface: interfaceOf(settings),
    endpoints: endpointsOf(said),
    microversionCaps: options.microversionCaps ?? {},
    tls: tlsOf(settings, options.path),
  };
}

function credentialsOf(settings: Known, problems: string[]): Credentials | undefined {
  const type = settings.auth_type?.replace(/^v3/, '');
  const secret = settings.application_credential_secret;
  if (type === 'applicationcredential' || (type === undefined && secret !== undefined)) {
    if (secret === undefined) problems.push('application_credential_secret is missing');
    const id = settings.application_credential_id;
    if (id !== undefined) return { kind: 'application credential', id, secret: secret ?? '' };
    const name = settings.application_credential_name;
    const user = userOf(settings);
    if (name !== undefined && user !== undefined)
      return { kind: 'application credential', name, user, secret: secret ?? '' };
    problems.push('application_credential_id is missing (or its name, with the user)');
    return undefined;
  }
  if (type === 'token' || (type === undefined && settings.token !== undefined)) {
    if (settings.token !== undefined) return { kind: 'token', token: settings.token };
    problems.push('token is missing');
    return undefined;
  }
  if (type !== undefined && type !== 'password') {
    problems.push('auth_type: only password, token and v3applicationcredential are supported');
    return undefined;
  }
  const user = userOf(settings);
  if (user === undefined) problems.push('username is missing');
  if (settings.password === undefined) problems.push('password is missing');
  return user === undefined || settings.password === undefined
    ? undefined
    : { kind: 'password', user, password: settings.password };
}

const userOf = (settings: Known): Named | undefined =>
  named(settings.user_id, settings.username, {
    id: settings.user_domain_id,
    name: settings.user_domain_name,
    ...fallback(settings),
  });

function scopeOf(settings: Known): Scope | undefined {
  if (settings.system_scope !== undefined) return { system: 'all' };
  const project = named(settings.project_id ?? settings.tenant_id, settings.project_name ?? settings.tenant_name, {
    id: settings.project_domain_id,
    name: settings.project_domain_name,
    ...fallback(settings),
  });
  if (project !== undefined) return { project };
  const domain = domainOf({ id: settings.domain_id, name: settings.domain_name });
  return domain === undefined ? undefined : { domain };
}

interface DomainSettings {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly otherId?: string | undefined;
  readonly otherName?: string | undefined;
}

const fallback = (settings: Known): Pick<DomainSettings, 'otherId' | 'otherName'> => ({
  otherId: settings.default_domain_id ?? settings.default_domain,
  otherName: settings.default_domain_name,
});

const domainOf = ({ id, name, otherId, otherName }: DomainSettings): Domain | undefined => {
  if (id !== undefined) return { id };
  if (name !== undefined) return { name };
  if (otherId !== undefined) return { id: otherId };
  return otherName === undefined ? undefined : { name: otherName };
};

/** Keystone's first domain has the id "default" (keystone-manage bootstrap), and is meant where none is named. */
function named(id: string | undefined, name: string | undefined, domain: DomainSettings): Named | undefined {
  if (id !== undefined) return { id };
  return name === undefined ? undefined : { name, domain: domainOf(domain) ?? { id: 'default' } };
}

function interfaceOf(settings: Known): CloudAccess['interface'] {
  const said = (settings.interface ?? settings.endpoint_type ?? 'public').replace(/URL$/, '');
  return said === 'internal' || said === 'admin' ? said : 'public';
}

/** `compute_endpoint_override: https://…`, by service type as the catalogue spells it. */
const endpointsOf = (settings: CloudSettings): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) => {
      const service = /^(.+)_endpoint_override$/.exec(key)?.[1];
      return service === undefined || typeof value !== 'string' ? [] : [[service.replaceAll('_', '-'), value]];
    }),
  );

function tlsOf(settings: Known, path: (path: string) => string): CloudAccess['tls'] {
  const no = (value: string | undefined): boolean => /^(false|no|0|off)$/i.test(value ?? '');
  const yes = (value: string | undefined): boolean => /^(true|yes|1|on)$/i.test(value ?? '');
  return {
    verify: !no(settings.verify) && !yes(settings.insecure),
    ...(settings.cacert === undefined ? {} : { ca: path(settings.cacert) }),
    ...(settings.cert === undefined ? {} : { certificate: path(settings.cert) }),
    ...(settings.key === undefined ? {} : { key: path(settings.key) }),
  };
}

const invalid = ({ name, source }: AccessOptions, problems: readonly string[]): Fault =>
  new Fault('ConfigInvalid', `the cloud ${name} is not described well:\n  ${problems.join('\n  ')}`, {
    where: source,
    remedy: `correct it in ${source}`,
  });
