import type { FlavorSpec } from '../../contracts/flavor.ts';

/** What a field of a flavor may be, in words, and what it is as a value; undefined where it is none. */
export interface Field<T> {
  readonly expected: string;
  readonly parse: (text: string) => T | undefined;
}

const most = 2_147_483_647;

const whole = (from: number, expected: string): Field<number> => ({
  expected,
  parse: (text) => inRange(/^\d+$/.test(text) ? Number(text) : undefined, from),
});

const inRange = (value: number | undefined, from: number): number | undefined =>
  value === undefined || value < from || value > most ? undefined : value;

const steps: Readonly<Record<string, number>> = { M: 0, G: 1, T: 2 };

/** A size in `unit`; "4G" is 4096 MB. Powers of 1024, as Nova counts. */
const size = (unit: 'M' | 'G', from: number): Field<number> => ({
  expected: `a whole number of ${unit}B${from === 0 ? '' : ` from ${String(from)}`}, or with its unit: ${unit === 'M' ? '4096, 4G' : '20, 20G, 1T'}`,
  parse: (text) => {
    const [, digits, said] = /^(\d+)([MGT])?(?:i?B)?$/i.exec(text) ?? [];
    if (digits === undefined) return undefined;
    const power = (steps[(said ?? unit).toUpperCase()] ?? 0) - (steps[unit] ?? 0);
    const value = Number(digits) * 1024 ** power;
    return Number.isInteger(value) ? inRange(value, from) : undefined;
  },
});

const name: Field<string> = {
  expected: 'a name of 1 to 255 characters, without spaces around it',
  parse: (text) => (text.length > 0 && text.length <= 255 && text === text.trim() ? text : undefined),
};

const id: Field<string> = {
  expected: 'letters, digits, and . _ - or spaces within, at most 255 characters',
  parse: (text) => (/^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,253}[A-Za-z0-9._-])?$/.test(text) ? text : undefined),
};

const answer: Field<boolean> = {
  expected: 'yes or no',
  parse: (text) => (/^(true|yes|1)$/i.test(text) ? true : /^(false|no|0)$/i.test(text) ? false : undefined),
};

/** The fields of a flavor that are one value each, by name: Nova's own limits (nova/api/openstack/compute/schemas/flavors.py). */
export const flavorFields = {
  name,
  vcpus: whole(1, 'a whole number from 1'),
  ram: size('M', 1),
  disk: size('G', 0),
  ephemeral: size('G', 0),
  swap: size('M', 0),
  id,
  public: answer,
  description: { expected: 'at most 65535 characters', parse: (text) => (text.length <= 65_535 ? text : undefined) },
} as const satisfies { readonly [K in Exclude<keyof FlavorSpec, 'projects' | 'properties'>]-?: Field<FlavorSpec[K]> };

export type FlavorField = keyof typeof flavorFields;

export const requiredFields: readonly FlavorField[] = ['name', 'vcpus', 'ram', 'disk'];

/** Why a property can not be one; undefined where it can. */
export const propertyProblem = (key: string, value: string): string | undefined =>
  !/^[A-Za-z0-9 :._-]{1,255}$/.test(key)
    ? `property ${key}: a key is of letters, digits and : . _ -`
    : value.length > 255
      ? `property ${key}: its value has more than 255 characters`
      : undefined;
