import { flavorImport } from './flavor.schema.ts';
import { healthCheck } from './health.schema.ts';
import { imageUpload } from './image-upload.schema.ts';
import { inspect } from './inspect.schema.ts';
import { operationRepair } from './operation-repair.schema.ts';
import type { Operation } from './operation.ts';
import {
  hostDrain,
  hostRestore,
  serverDelete,
  serverMigrate,
  serverStart,
  serverStop,
} from './server-operation.schema.ts';
import { vmBackup, vmBackups } from './vm-backup.schema.ts';
import { vmPrune } from './vm-prune.schema.ts';
import { vmRestore } from './vm-restore.schema.ts';
import { vmVerify } from './vm-verify.schema.ts';

/** Every operation by its workflow type, for schedules and for the worker's check of inputs. */
export const operations: Readonly<Record<string, Operation<never>>> = Object.fromEntries(
  [
    ...[vmBackup, vmBackups, vmRestore, vmVerify, vmPrune],
    ...[serverStop, serverStart, serverDelete, serverMigrate, hostDrain, hostRestore],
    ...[flavorImport, imageUpload, healthCheck, operationRepair, inspect],
  ].map((operation) => [operation.type, operation as unknown as Operation<never>]),
);
