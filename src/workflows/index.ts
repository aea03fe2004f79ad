/** Workflows and nothing else: every export of this module is a workflow type. */
export { lock } from './shared/lock.ts';
export { vmBackup } from './vm-backup.ts';
