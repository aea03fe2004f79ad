import { z } from 'zod';

/**
 * Schema pieces whose message is what was expected: problems.ts prints "found X, expected <message>".
 * Patterns carry no flags, since JSON Schema has none.
 */
export const text = (expected: string) => z.string({ error: expected }).min(1, expected);

export const matching = (pattern: RegExp, expected: string) => z.string({ error: expected }).regex(pattern, expected);

export const flag = z.boolean({ error: 'true or false' });

export const whole = (minimum: number, maximum: number) => {
  const expected = `a whole number from ${minimum} to ${maximum}`;
  return z.int({ error: expected }).min(minimum, expected).max(maximum, expected);
};

export const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.join(', ')}` });

/** Names of hosts, repositories and clouds: they stand in workflow ids, so they are short and have no slash or colon. */
export const entryName = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'a name of letters, digits, dots, dashes and underscores, 63 at most, beginning with a letter or digit',
);

/** A path of the worker; load.ts makes it absolute (from ~, or from the directory of the config file). */
export const workerPath = matching(/^[^\0\r\n]+$/, 'a path: absolute, with ~/, or relative to this file');

export const port = whole(1, 65_535).describe('Port of its SSH server. Default: ~/.ssh/config, else 22.');

/** A section of entries by name. An empty one (its lines are all commented out) reads as null, and is fine. */
export const entries = <T extends z.ZodType>(entry: T, expected: string) =>
  z
    .record(entryName, entry, { error: `${expected} by name, indented below` })
    .nullable()
    .prefault({})
    .transform((found) => found ?? {});

export const httpAddress = matching(
  /^https?:\/\/[^\s/@]+(\/\S*)?$/,
  'an address such as https://keystone.example:5000, without a user or password in it',
);
