import { defaultPayloadConverter } from '@temporalio/common';
import type { Headers, WorkflowInterceptors } from '@temporalio/workflow';
import { operationHeader } from '../contracts/operation-header.ts';
import type { OperationIds } from '../contracts/operation-header.ts';
import { identify, operationIds } from './shared/identity.ts';

/**
 * The bundle has this module beside the workflows (scripts/build.mjs). It decides nothing: a history that was written
 * without headers replays, since commands are told apart by their type and id.
 */
export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      execute(input, next) {
        const sent = input.headers[operationHeader];
        const by = sent === undefined ? undefined : defaultPayloadConverter.fromPayload<OperationIds>(sent);
        if (by?.operation !== undefined) identify({ parent: by.operation });
        return next(input);
      },
    },
  ],
  outbound: [
    {
      getLogAttributes: (input, next) => ({ ...next(input), ...operationIds() }),
      scheduleActivity: (input, next) => next({ ...input, headers: withIds(input.headers) }),
      startChildWorkflowExecution: (input, next) => next({ ...input, headers: withIds(input.headers) }),
    },
  ],
});

const withIds = (headers: Headers): Headers => ({
  ...headers,
  [operationHeader]: defaultPayloadConverter.toPayload(operationIds()),
});
