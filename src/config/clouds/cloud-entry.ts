import { z } from 'zod';
import { matching, text, whole, workerPath } from '../pieces.ts';
import { duration } from '../units.ts';

const microversions = z
  .record(z.string(), matching(/^\d+\.\d+$/, 'a microversion in quotes, such as "2.79"'), {
    error: 'microversions by service type: compute: "2.79"',
  })
  .exactOptional()
  .describe('The highest microversion to use of a service, by its type: where a cloud behaves badly above it.');

const protect = z
  .strictObject(
    {
      names: z
        .array(text('a name, or a pattern such as prod-*'), { error: 'a list of names or patterns' })
        .exactOptional()
        .describe('Servers with such a name are left alone by every mass operation; *, ? and [a-c] are understood.'),
      tags: z
        .array(text('a tag'), { error: 'a list of tags' })
        .exactOptional()
        .describe('Servers with one of these tags are left alone by every mass operation.'),
    },
    { error: 'names: or tags:, indented below' },
  )
  .exactOptional()
  .describe('What no mass operation may touch.');

const limits = z
  .strictObject(
    {
      calls: whole(1, 64).exactOptional().describe('API calls at once, of all workers together. Default: 4.'),
      parallel: whole(1, 500).exactOptional().describe('Servers in work at once.'),
      perHost: whole(1, 500).exactOptional().describe('Servers in work at once, of one compute host.'),
      perTarget: whole(1, 500).exactOptional().describe('Migrations at once to the one compute host that --to names.'),
    },
    { error: 'keys such as parallel, indented below' },
  )
  .exactOptional()
  .describe('How much at once this cloud bears; the command line may say otherwise.');

const common = {
  microversions,
  protect,
  limits,
  planAge: duration.exactOptional().describe('A plan older than this is not applied. Default: 24h.'),
};

/** A cloud as the config names it. */
export const cloudEntry = z.union(
  [
    z.strictObject(
      {
        cloud: matching(/^[^\0\r\n]+$/, 'the name of a cloud in clouds.yaml').describe('Its name in clouds.yaml.'),
        ...common,
      },
      { error: '{ cloud: NAME IN clouds.yaml }' },
    ),
    z.strictObject(
      { rc: workerPath.describe('An adminrc (openrc) file on the worker; it is read, never executed.'), ...common },
      { error: '{ rc: PATH OF AN adminrc }' },
    ),
  ],
  { error: '{ cloud: NAME IN clouds.yaml } or { rc: PATH OF AN adminrc }' },
);

export type CloudEntry = z.output<typeof cloudEntry>;
