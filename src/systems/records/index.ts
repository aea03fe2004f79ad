export { directoryRecords, recordsDirectory } from './directory.ts';
export type { Records } from './records.ts';
