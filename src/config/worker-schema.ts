import { z } from 'zod';
import { whole } from './pieces.ts';

/** The section `worker:`: how much each worker takes on. */
export const worker = z.strictObject(
  {
    memory: whole(1, 100)
      .prefault(90)
      .describe('Per cent of the memory of its machine or container. With more in use a worker takes on little more.'),
    processors: whole(1, 100)
      .prefault(95)
      .describe('Per cent of the processors of its machine. With more in use a worker takes on little more.'),
  },
  { error: 'the keys memory and processors, indented below' },
);
