import type { OperationIds } from '../../contracts/operation-header.ts';

/** Of this workflow alone: each has modules of its own. */
let ids: OperationIds = {};

export const operationIds = (): OperationIds => ids;

export function identify(more: OperationIds): void {
  ids = { ...ids, ...more };
}
