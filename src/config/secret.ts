import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '../contracts/faults.ts';
import { matching, workerPath } from './pieces.ts';

/** A secret by reference: the config file says where the worker finds it, and never holds it. */
const expected = '{ env: NAME } or { file: PATH }';

export const secretReference = z.union(
  [
    z.strictObject(
      {
        env: matching(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable of the worker').describe(
          "Name of a variable in the worker's environment.",
        ),
      },
      { error: expected },
    ),
    z.strictObject(
      { file: workerPath.describe('File on the worker; its first line is the secret.') },
      { error: expected },
    ),
  ],
  { error: expected },
);

export type SecretReference = z.output<typeof secretReference>;

/** The secret itself, for the moment it is used. Throws ConfigInvalid naming the reference, never a value. */
export function readSecret(reference: SecretReference, env: NodeJS.ProcessEnv): string {
  if ('env' in reference) return found(env[reference.env], `the worker's environment has no ${reference.env}`);
  let content: string;
  try {
    content = readFileSync(reference.file, 'utf8');
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new Fault('ConfigInvalid', `the secret in ${reference.file} can't be read: ${code}`, {
      where: reference.file,
      remedy: 'let the user that runs the worker read the file, or correct its path in the config file',
    });
  }
  return found(content.split(/\r?\n/, 1)[0], `${reference.file} is empty, and should hold a secret`);
}

function found(value: string | undefined, message: string): string {
  if (value === undefined || value === '')
    throw new Fault('ConfigInvalid', message, {
      remedy: 'set it where the worker is started, then restart the worker',
    });
  return value;
}
