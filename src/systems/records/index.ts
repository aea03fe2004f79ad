export { directoryRecords, recordsDirectory } from './directory.ts';
export { postgresqlRecords } from './postgresql.ts';
export type { PostgresqlRecords } from './postgresql.ts';
export type { PostgresqlAddress } from './postgresql/connections.ts';
export type { Records } from './records.ts';
