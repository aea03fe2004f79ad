import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { parseDuration, parseRate } from '../config/units.ts';
import { Fault, isFault } from '../contracts/faults.ts';
import type { Operation } from '../contracts/operation.ts';

/** The same values without the keys that nobody said: an option left out is left to the worker's config. */
export function given<T extends object>(values: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

/** Parsers of option values for commander, which names the option in front of what they throw. */
export const seconds = (text: string): number => argument(() => parseDuration(text));
export const bytesPerSecond = (text: string): number => argument(() => parseRate(text));

export function whole(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${String(from)} to ${String(to)}.`);
  };
}

/** "KEY=VALUE" of an option. Throws InvalidInput. */
export function keyAndValue(option: string, text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Fault('InvalidInput', `${option} ${text}: expected KEY=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** For options that may be said several times. */
export const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

function argument<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw isFault(error) ? new InvalidArgumentError(`${capital(error.message)}.`) : error;
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Held against the operation's own schema, so that a command, a schedule and the worker agree on what is right.
 * Throws InvalidInput with a sentence for each issue, in the words of the command line.
 */
export function checked<I>(operation: Operation<I>, input: I): I {
  const parsed = operation.input.safeParse(input);
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.map((issue) => sentence(issue));
  throw new Fault('InvalidInput', [...new Set(sentences)].join('; '));
}

/** Keys of inputs that are called otherwise on the command line; the rest is --kebab-case. */
const spoken: Record<string, string> = {
  vm: 'NAME',
  vms: 'NAME',
  backup: 'BACKUP',
  backups: 'BACKUP',
  repository: 'the repository',
  devices: '--device',
  operation: 'ID',
  keep: '--keep-…',
  names: '--name',
  ids: '--id',
  tags: '--tag',
  path: 'PATH',
  properties: '--property',
  url: 'PATH',
};

function sentence(issue: z.core.$ZodIssue): string {
  const { path } = issue;
  // A selection is said by options of its own.
  const [key] = path[0] === 'source' ? path.slice(path[1] === 'selection' ? 2 : 1) : path;
  if (typeof key !== 'string') return issue.message;
  return `${spoken[key] ?? `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`}: ${issue.message}`;
}
