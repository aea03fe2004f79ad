/**
 * The header that goes with each activity and each child of an operation, so that whoever reads a worker's log finds all
 * lines of one operation by its id. In clear, as the search attribute of the same id.
 */
export const operationHeader = 'stackhand-operation';

/** As the log's lines have them. */
export interface OperationIds {
  readonly operation?: string;
  /** Of the operation that started it, as the backup of several VMs starts one for each. */
  readonly parent?: string;
}
