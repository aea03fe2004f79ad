/** Put back what an ended operation left on a host: VM, job, partial directory, mount, guard, leases. */
export interface OperationRepair {
  readonly host: string;
  /** Operation id, or a workflow id; every ended operation's leftovers otherwise. */
  readonly operation?: string;
  /** Also those whose end can't be seen, since they belong to another Temporal. */
  readonly force?: boolean;
}

export interface OperationRepairResult {
  readonly repaired: readonly { readonly operation: string; readonly did: readonly string[] }[];
  readonly leftAlone: readonly { readonly operation: string; readonly why: string }[];
}
