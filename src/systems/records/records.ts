import { Fault, isFault } from '../../contracts/faults.ts';
import { checkFormat, stamped } from '../../contracts/format.ts';

/**
 * What must outlive Temporal's retention and its 2 MB payloads: plans page by page, outcomes, former states, reports.
 * JSON documents by name, below the operation they belong to. Implementations pass one conformance suite
 * (test/systems/records/conformance.ts). Ids and names are letters, digits, dots, dashes and underscores, at most 128,
 * beginning with a letter or digit; others are InvalidInput. A store that can't be used is RecordsUnusable, and
 * RecordsRefused where only a person can change that.
 */
export interface Records {
  /** The directory or the address of the database, for people. */
  readonly place: string;

  /**
   * Keeps a document, in place of one that has the name. It is on disk when the promise resolves; whoever reads
   * meanwhile gets the former one or this one, whole, also if the writer is killed. Again with the same value: nothing
   * changes. NewerFormat, and nothing changes, where a newer release has written what is there.
   */
  put(operation: string, name: string, value: unknown): Promise<void>;

  /**
   * Keeps a document where none has the name; false where one has, which stays as it is. Of several that create one at
   * the same time one succeeds: what compares and sets goes by numbered documents.
   */
  create(operation: string, name: string, value: unknown): Promise<boolean>;

  /**
   * The document as JSON has it, undefined where there is none. RecordDamaged where it no longer is JSON, NewerFormat
   * where a newer release has written it.
   */
  get(operation: string, name: string): Promise<unknown>;

  /** Names of the documents of an operation, sorted; empty for one that is unknown. */
  names(operation: string): Promise<string[]>;

  /** Operations of which something is kept, sorted. */
  list(): Promise<string[]>;

  /** Forgets a document. One that is unknown is fine. */
  forget(operation: string, name: string): Promise<void>;

  /** Forgets an operation. One that is unknown is fine. */
  remove(operation: string): Promise<void>;
}

const shape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export const isRecordName = (name: string): boolean => shape.test(name);

/** What becomes a path or a key must not lead out of its place. */
export function checkRecordName(kind: 'operation' | 'document', name: string): void {
  if (!isRecordName(name))
    throw new Fault(
      'InvalidInput',
      `${JSON.stringify(name.slice(0, 140))} is no ${kind === 'operation' ? 'operation id' : 'name of a document'}: letters, digits, dots, dashes and underscores, at most 128`,
    );
}

/** As it is kept. A list says no version, and is of version 1. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(isObject(value) ? stamped('record', value) : value, null, 1) as string | undefined;
  if (text === undefined) throw new Fault('InvalidInput', `a ${typeof value} can't be kept as JSON`);
  return `${text}\n`;
}

/**
 * What `toJson` was given. `remedy`: what to do with one that is damaged, where it is not a file.
 * @throws RecordDamaged; NewerFormat, where a newer release has written it
 */
export function fromJson(text: string, where: string, remedy?: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const details = remedy === undefined ? { where } : { where, remedy };
    throw new Fault('RecordDamaged', `${where} is damaged: ${(error as Error).message}`, details, { cause: error });
  }
  checkFormat('record', value, where);
  if (!isObject(value)) return value;
  const { format: _, ...rest } = value as { readonly format?: unknown };
  return rest;
}

/** What is there may be replaced, damaged or not, unless a newer release has written it: NewerFormat. */
export function keepNewer(there: string, where: string): void {
  try {
    fromJson(there, where);
  } catch (error) {
    if (isFault(error) && error.type === 'NewerFormat') throw error;
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
