import { Fault } from './faults.ts';

/**
 * What is kept outside this process, and the version of each that this release writes. Whoever reads it takes this one
 * and the one before; nobody touches a newer one, which another worker needs as it is.
 *
 * A JSON document says its version as its first field, `format`; a directory of a host in a file of that name; a lease in
 * a repository on its third line. Without that it is of version 1, as release 0.1.0 began with.
 *
 * To change one: raise its number; let its reader turn the version before into the new one; drop what it did for the one
 * before that; and keep what the last release wrote below test/formats.
 */
export const formats = {
  // of a host, as directories (systems/jobs/scripts/format.sh checks these)
  job: 1,
  mount: 1,
  guard: 1,
  // of a host, as JSON
  'host record': 1,
  'last backup': 1,
  'domain lease': 1,
  // of a repository; a manifest has always said it
  'repository lease': 1,
  manifest: 1,
  // of the records: every document, by what it is of
  record: 1,
  // of a user
  'server plan': 1,
} as const satisfies Record<string, number>;

export type Format = keyof typeof formats;

/** A document as it is kept; one that says its version itself keeps it. */
export const stamped = <T extends object>(format: Format, value: T): { format: number } & T => ({
  format: formats[format],
  ...value,
});

/** @throws Fault NewerFormat where a newer release has written it */
export function checkFormat(format: Format, value: unknown, where: string): void {
  const found = typeof value === 'object' && value !== null && 'format' in value ? value.format : 1;
  if (typeof found !== 'number' || found <= formats[format]) return;
  throw new Fault(
    'NewerFormat',
    `${where} was written by a newer stackhand: format ${String(found)} of a ${format}, and this one knows ${String(formats[format])}`,
    { where },
  );
}
