/** Nova's migration records that change no more (nova/objects/migration.py, and the conductor's and compute's saves). */
const ended = ['completed', 'finished', 'confirmed', 'failed', 'error', 'cancelled', 'reverted'];
/** Those that may still change. */
export const openMigrationStatuses = [
  ...['accepted', 'queued', 'preparing', 'pre-migrating', 'migrating', 'running', 'post-migrating'],
  ...['confirming', 'reverting'],
] as const;
const waiting = ['accepted', 'queued', 'preparing'];

export const migrationEnded = (status: string): boolean => ended.includes(status);

/** It has a record, and nothing moves yet: nova-compute does one live migration at a time by default. */
export const migrationWaits = (status: string): boolean => waiting.includes(status);
