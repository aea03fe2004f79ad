import { createHash } from 'node:crypto';

/** SHA-256 of a value as JSON, in hex: what a plan is named by. */
export const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
