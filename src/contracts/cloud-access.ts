/**
 * How a worker reaches a cloud: clouds.yaml, OS_* or an adminrc, with everything decided. It holds secrets, so it never
 * leaves the worker: workflows carry the name alone.
 */
export interface CloudAccess {
  /** As operators name it: --cloud. */
  readonly name: string;
  /** Keystone, up to and without /v3. */
  readonly authUrl: string;
  readonly credentials: Credentials;
  /** Undefined with application credentials, which carry their project. */
  readonly scope?: Scope;
  readonly region?: string;
  readonly interface: 'public' | 'internal' | 'admin';
  /** By service type; instead of what the catalogue says. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** By service type: the highest microversion to use, where a cloud behaves badly above it. */
  readonly microversionCaps: Readonly<Record<string, string>>;
  readonly tls: TlsFiles;
}

export type Credentials =
  | { readonly kind: 'password'; readonly user: Named; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'application credential'; readonly id: string; readonly secret: string }
  | {
      readonly kind: 'application credential';
      readonly name: string;
      readonly user: Named;
      readonly secret: string;
    };

/** Keystone takes an id, or a name within a domain. */
export type Named = { readonly id: string } | { readonly name: string; readonly domain: Domain };
export type Domain = { readonly id: string } | { readonly name: string };

export type Scope = { readonly project: Named } | { readonly domain: Domain } | { readonly system: 'all' };

/** Files in PEM. */
export interface TlsFiles {
  /** False only where somebody wrote `verify: false`. */
  readonly verify: boolean;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}
