import { z } from 'zod';
import { parseHostSpec } from './host-spec.ts';
import { choice, flag, matching, port, text, workerPath } from './pieces.ts';

/** An entry of `hosts:`. What is left out comes from ~/.ssh/config, then from the defaults that are described. */

const expected = 'USER@ADDRESS, USER@ADDRESS:PORT, local, or keys such as address and user indented below';

/** Directories stand in unit files and scripts on the host, so they are spelt plainly. */
const hostDirectory = matching(
  /^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/,
  'an absolute directory of letters, digits, dots, dashes and underscores',
);

const address = z.string({ error: 'a host name or an IP address' }).refine(
  (value) => {
    const spec = parseHostSpec(value);
    return spec !== undefined && spec.user === undefined && spec.port === undefined && !value.includes('://');
  },
  { error: 'a host name or an IP address alone: user and port have keys of their own' },
);

const jump = z
  .string({ error: 'a host of this file, or [USER@]ADDRESS[:PORT]' })
  .refine((value) => parseHostSpec(value) !== undefined, {
    error: 'one host to go through: a host of this file, or [USER@]ADDRESS[:PORT]',
  });

const remoteOnly = ['address', 'user', 'port', 'identityFile', 'knownHosts', 'proxyJump'] as const;

const keys = z
  .strictObject(
    {
      address: address
        .exactOptional()
        .describe('Host name, IP address, or Host alias of ~/.ssh/config. Default: the name of the entry.'),
      user: matching(/^[A-Za-z0-9_][A-Za-z0-9_.@\\+-]*$/, 'a user name')
        .exactOptional()
        .describe('Login user. Default: ~/.ssh/config, else the user the worker runs as.'),
      port: port.exactOptional(),
      transport: choice(['ssh2', 'openssh', 'local'])
        .exactOptional()
        .describe(
          "ssh2 (default) is built in; openssh runs the system's ssh, for certificates, FIDO keys and ProxyCommand; local is the worker's own machine.",
        ),
      identityFile: workerPath
        .exactOptional()
        .describe('Private key on the worker, beside its agent and ~/.ssh/config.'),
      knownHosts: workerPath.exactOptional().describe('known_hosts file on the worker. Default: ~/.ssh/known_hosts.'),
      proxyJump: jump
        .exactOptional()
        .describe('A host to go through first: a host of this file, or [USER@]ADDRESS[:PORT].'),
      sudo: flag.exactOptional().describe('Run commands through sudo -n. Default: true unless the user is root.'),
      site: matching(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a site name of small letters, digits and dashes')
        .exactOptional()
        .describe('The site whose workers reach this host (stackhand worker --site). Default: any worker.'),
      runDirectory: hostDirectory
        .exactOptional()
        .describe('Directory on the host for state that a reboot may take. Default: /run/stackhand.'),
      stateDirectory: hostDirectory
        .exactOptional()
        .describe('Directory on the host for state that survives a reboot. Default: /var/lib/stackhand.'),
    },
    { error: expected },
  )
  .superRefine((entry, context) => {
    if (entry.transport !== 'local') return;
    for (const key of remoteOnly.filter((name) => entry[name] !== undefined))
      context.addIssue({
        code: 'custom',
        path: [key],
        message: 'means nothing with transport local: commands run on the machine of the worker',
        params: { sentence: true },
      });
  });

export type HostEntry = z.output<typeof keys>;

const short = text(expected).transform((value, context): HostEntry => {
  if (value === 'local') return { transport: 'local' };
  const spec = parseHostSpec(value);
  if (spec) return spec;
  context.addIssue({ code: 'invalid_format', format: 'regex', message: expected });
  return z.NEVER;
});

export const hostEntry = z.union([short, keys], { error: expected });
