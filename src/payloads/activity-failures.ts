import { DefaultFailureConverter } from '@temporalio/common';

/** Loaded by a worker that encrypts: what activities fail with becomes a payload, so that the codec gets it. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
