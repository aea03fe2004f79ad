import { isIP } from 'node:net';

/** What `[ssh://][user@]address[:port]` says; an IPv6 address stands in brackets when a port follows. */
export interface HostSpec {
  readonly user?: string;
  readonly address: string;
  readonly port?: number;
}

// Neither a user nor an address may begin with a dash: OpenSSH would read it as an option.
const user = '[A-Za-z0-9_][A-Za-z0-9_.@\\\\+-]*';
const name = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?';
const v6 = '\\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\\]';
const spec = new RegExp(`^(?:ssh://)?(?:(${user})@)?(?:(${name})|(${v6}))(?::([0-9]{1,5}))?$`);

/** Undefined for what is no such thing. */
export function parseHostSpec(text: string): HostSpec | undefined {
  if (isIP(text) === 6) return { address: text };
  const parts = spec.exec(text.replace(/^(ssh:\/\/.*)\/$/, '$1'));
  if (!parts) return undefined;
  const [, who, plain, bracketed, portText] = parts;
  const address = plain ?? bracketed?.slice(1, -1) ?? '';
  const port = portText === undefined ? undefined : Number(portText);
  if (bracketed !== undefined && isIP(address) !== 6) return undefined;
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  return { address, ...(who === undefined ? {} : { user: who }), ...(port === undefined ? {} : { port }) };
}

/** The spelling that parseHostSpec reads back. */
export function formatHostSpec({ user: who, address, port }: HostSpec): string {
  const host = isIP(address) === 6 ? `[${address}]` : address;
  return `${who === undefined ? '' : `${who}@`}${host}${port === undefined ? '' : `:${port}`}`;
}
