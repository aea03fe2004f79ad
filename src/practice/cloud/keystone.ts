import { z } from 'zod';
import type { Answer, Asked } from './answer.ts';
import { Refusal } from './answer.ts';
import type { Cloud } from './cloud.ts';
import { hex } from './cloud.ts';

const login = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(z.string()),
      password: z
        .object({ user: z.object({ name: z.string().optional(), id: z.string().optional(), password: z.string() }) })
        .optional(),
      token: z.object({ id: z.string() }).optional(),
      application_credential: z.object({ id: z.string().optional(), secret: z.string() }).optional(),
    }),
  }),
});

const unauthorized = (): Refusal =>
  new Refusal(401, 'The request you have made requires authentication.', {
    error: { code: 401, message: 'The request you have made requires authentication.', title: 'Unauthorized' },
  });

/** POST /v3/auth/tokens. An application credential here is the password of the admin, with any id. */
export function logIn(cloud: Cloud, asked: Asked): Answer {
  const { identity } = login.parse(asked.body).auth;
  const given = identity.password?.user;
  const user =
    cloud.users.find(
      ({ name, id, password }) => (name === given?.name || id === given?.id) && password === given?.password,
    ) ??
    cloud.users.find(({ password }) => password === identity.application_credential?.secret) ??
    cloud.tokens.get(identity.token?.id ?? '')?.user;
  if (user === undefined) throw unauthorized();
  const secret = hex();
  const expiresAt = Date.now() + cloud.settings.tokenLifetime * 1000;
  cloud.tokens.set(secret, { user, expiresAt });
  const endpoint = (type: string, path: string) => ({
    id: hex(),
    type,
    name: type,
    endpoints: [
      { id: hex(), interface: 'public', region: 'RegionOne', region_id: 'RegionOne', url: `${cloud.address}${path}` },
    ],
  });
  return {
    status: 201,
    headers: { 'x-subject-token': secret },
    body: {
      token: {
        methods: identity.methods,
        user: { domain: { id: 'default', name: 'Default' }, id: user.id, name: user.name, password_expires_at: null },
        audit_ids: [hex().slice(0, 22)],
        expires_at: `${new Date(expiresAt).toISOString().slice(0, 19)}.000000Z`,
        issued_at: new Date().toISOString(),
        project: { domain: { id: 'default', name: 'Default' }, ...user.project },
        is_domain: false,
        roles: user.roles.map((name) => ({ id: hex(), name })),
        catalog: [
          endpoint('identity', '/identity'),
          endpoint('compute', '/compute/v2.1'),
          endpoint('network', '/network'),
          endpoint('image', '/image'),
          // Real ones have no version; here the second part of a path always is one.
          endpoint('placement', '/placement/api'),
          endpoint('volumev3', `/volume/v3/${user.project.id}`),
        ],
      },
    },
  };
}

export function projects(cloud: Cloud, { admin, path, user }: Asked): Answer | undefined {
  if (path !== '/projects' && path !== '/auth/projects') return undefined;
  if (path === '/projects' && !admin) {
    const message = 'You are not authorized to perform the requested action: identity:list_projects.';
    throw new Refusal(403, message, { error: { code: 403, message, title: 'Forbidden' } });
  }
  const seen = admin ? cloud.projects : [user.project];
  return {
    status: 200,
    body: {
      projects: seen.map(({ id, name }) => ({
        id,
        name,
        domain_id: 'default',
        description: '',
        enabled: true,
        parent_id: 'default',
        is_domain: false,
        tags: [],
        options: {},
        links: { self: `${cloud.address}/identity/v3/projects/${id}` },
      })),
      links: { next: null, self: `${cloud.address}/identity/v3/projects`, previous: null },
    },
  };
}
