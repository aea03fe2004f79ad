import { z } from 'zod';
import { choice, text, workerPath } from './pieces.ts';
import { secretReference } from './secret.ts';

/** The section `records:`: a directory, or a PostgreSQL. */

const expected = 'postgresql://USER@HOST/DATABASE';

/** Only the parts that are meant: what libpq would take from a query (sslmode, password, …) has keys of its own. */
function isDatabase(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, hostname, pathname, search, hash } = new URL(url);
  const whole = /^postgres(?:ql)?:$/.test(protocol) && hostname !== '' && username !== '' && /^\/[^/]+$/.test(pathname);
  return whole && search + hash === '' && [username, hostname, pathname].every(decodable);
}

function decodable(part: string): boolean {
  try {
    return decodeURIComponent(part) !== '';
  } catch {
    return false;
  }
}

const postgresql = z
  .strictObject(
    {
      url: text(expected)
        .refine((url) => !URL.canParse(url) || new URL(url).password === '', {
          error: `${expected}, with the password as password: { env: NAME } or { file: PATH }`,
          abort: true,
        })
        .refine(isDatabase, { error: expected })
        .describe(
          'The database: postgresql://USER@HOST[:PORT]/DATABASE. A socket is its directory, %2Fvar%2Frun%2Fpostgresql.',
        ),
      password: secretReference.exactOptional().describe('The password, as { env: NAME } or { file: PATH }.'),
      tls: choice(['verify', 'none'])
        .prefault('verify')
        .describe('verify: the server shows a certificate for its name. none: in clear. A socket has none.'),
      ca: workerPath
        .exactOptional()
        .describe('PEM file of who may have signed that certificate. Default: those that Node trusts.'),
    },
    { error: 'keys such as url and password, indented below' },
  )
  .superRefine(({ tls, ca }, context) => {
    if (tls !== 'none' || ca === undefined) return;
    const message = 'is for tls: verify, and tls says none';
    context.addIssue({ code: 'custom', path: ['ca'], message, params: { sentence: true } });
  });

export const records = z
  .strictObject(
    {
      directory: workerPath
        .exactOptional()
        .describe(
          'Plans and reports that outlive Temporal are kept here, on the worker. Default: ~/.local/share/stackhand/records.',
        ),
      postgresql: postgresql
        .exactOptional()
        .describe('They are kept in a database instead, which several workers share.'),
    },
    { error: 'the key directory or postgresql, indented below' },
  )
  .superRefine(({ directory, postgresql: database }, context) => {
    if (directory === undefined || database === undefined) return;
    const message = 'has both directory and postgresql: say one of them';
    context.addIssue({ code: 'custom', message, params: { sentence: true } });
  });
