interface ErrorLike {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly message?: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
}

/** Causes below one another that a line has. */
const deepest = 4;

/** What workflows log has lost its class on the way out of their isolate. A surprise in an activity is told by the activity. */
const isFailure = (stack: unknown): boolean => typeof stack === 'string' && /^\w+Failure\b/.test(stack);

/**
 * An error as a line of the log has it. One with a type of ours says all in its message; of a surprise the stack is what
 * helps. Whatever else hangs on an error stays out: a failed operation carries its whole report.
 */
export function errorText(error: unknown, depth = 0): unknown {
  // Those of workflows come from another realm: they are no instances of this one's Error.
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  const { name, type, message, stack, cause } = error as ErrorLike;
  const known = (typeof type === 'string' && type !== '' && type !== 'Error') || isFailure(stack);
  return {
    type: type ?? name,
    message,
    ...(known || cause !== undefined || typeof stack !== 'string' ? {} : { stack }),
    ...(cause === undefined || depth === deepest ? {} : { cause: errorText(cause, depth + 1) }),
  };
}
