import { DefaultFailureConverter } from '@temporalio/common';

/**
 * The same inside the workflow bundle, which is one for all workers: those that encrypt begin it with the line that
 * sets this (worker/bundle.ts). Replays don't depend on it: failures are compared by nobody.
 */
const { stackhandEncodesFailures = false } = globalThis as { stackhandEncodesFailures?: boolean };

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: stackhandEncodesFailures });
