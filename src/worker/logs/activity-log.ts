import type { Context } from '@temporalio/activity';
import { CancelledFailure, defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import { operationHeader } from '../../contracts/operation-header.ts';
import type { OperationIds } from '../../contracts/operation-header.ts';
import { placeOf } from './place-of.ts';

/** Reads of the command line: they come by the hundred, and change nothing. */
const reads = ['inspect'];

/**
 * Gives each line about an activity, ours and the SDK's, the id of its operation and where it is at work, and says when
 * an attempt begins and ends. That one failed the SDK says itself.
 */
export function activityLog(context: Context): ActivityInterceptors {
  let about: Record<string, unknown> = {};
  const level = reads.includes(context.info.workflowType ?? '') ? 'debug' : 'info';
  return {
    inbound: {
      async execute(input, next) {
        const sent = input.headers[operationHeader];
        const ids = sent === undefined ? {} : defaultPayloadConverter.fromPayload<OperationIds>(sent);
        about = { ...ids, ...placeOf(input.args) };
        context.log[level]('Activity began');
        const began = Date.now();
        const took = (): { durationMs: number } => ({ durationMs: Date.now() - began });
        try {
          const result = await next(input);
          context.log[level]('Activity done', took());
          return result;
        } catch (error) {
          if (error instanceof CancelledFailure)
            context.log[level]('Activity cancelled, or let go by this worker', took());
          throw error;
        }
      },
    },
    outbound: {
      getLogAttributes(input, next) {
        const { taskToken: _long, isLocal: _never, ...attributes } = next(input);
        return { ...attributes, ...about };
      },
    },
  };
}
