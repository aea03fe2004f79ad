/** Workflows and nothing else: every export of this module is a workflow type, and is never renamed. */
export { flavorImport } from './flavor-import.ts';
export { healthCheck } from './health-check.ts';
export { hostDrain } from './host-drain.ts';
export { hostRestore } from './host-restore.ts';
export { imageUpload } from './image-upload.ts';
export { inspect } from './inspect.ts';
export { lock } from './shared/lock.ts';
export { operationRepair } from './operation-repair.ts';
export { serverDelete } from './server-delete.ts';
export { serverMigrate } from './server-migrate.ts';
export { serverStart } from './server-start.ts';
export { serverStop } from './server-stop.ts';
export { vmBackup } from './vm-backup.ts';
export { vmBackups } from './vm-backups.ts';
export { vmPrune } from './vm-prune.ts';
export { vmRestore } from './vm-restore.ts';
export { vmVerify } from './vm-verify.ts';
