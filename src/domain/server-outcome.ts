import type { ServerOutcome } from '../contracts/server-operation.ts';

/** Done, or asked and not seen to its end: Nova may have done it later. */
export const mayBeDone = ({ outcome, requestIds }: ServerOutcome): boolean =>
  outcome === 'done' || (outcome === 'failed' && requestIds.length > 0);
