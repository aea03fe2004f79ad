import { z } from 'zod';
import { nearest } from '../domain/nearest.ts';
import { cloudEntry } from './clouds/cloud-entry.ts';
import { defaults } from './defaults-schema.ts';
import { health } from './health-schema.ts';
import { hostEntry } from './host-schema.ts';
import { notificationRule } from './notification-schema.ts';
import { entries } from './pieces.ts';
import { records } from './records-schema.ts';
import { repositoryEntry, repositoryType } from './repository-schema.ts';
import { worker } from './worker-schema.ts';

/** The config file. Every object is strict: a key that isn't known may be a misspelt one. */

export const configSchema = z
  .strictObject(
    {
      hosts: entries(hostEntry, 'hosts').describe('libvirt hosts by the name that --host takes.'),
      repositories: entries(repositoryEntry, 'repositories').describe(
        'Places for backups by the name that --to takes.',
      ),
      clouds: entries(cloudEntry, 'clouds').describe('OpenStack clouds by the name that --cloud takes.'),
      defaults: defaults
        .nullable()
        .prefault({})
        .transform((found) => found ?? defaults.parse({}))
        .describe('What operations do when the command line says nothing else.'),
      health: health
        .nullable()
        .prefault({})
        .transform((found) => found ?? health.parse({}))
        .describe('What a health check looks at, and what it expects there.'),
      notifications: z
        .array(notificationRule, { error: 'a list: each entry begins with "- on:"' })
        .nullable()
        .prefault([])
        .transform((found) => found ?? [])
        .describe('Who is told of what.'),
      records: records
        .nullable()
        .prefault({})
        .transform((found) => found ?? {})
        .describe('What is kept longer than Temporal keeps it.'),
      worker: worker
        .nullable()
        .prefault({})
        .transform((found) => found ?? worker.parse({}))
        .describe('How much each worker takes on at once.'),
    },
    { error: 'sections such as hosts: and repositories:' },
  )
  .superRefine(({ defaults: { repository }, repositories }, context) => {
    if (repository === undefined || Object.hasOwn(repositories, repository) || repositoryType(repository)) return;
    const names = Object.keys(repositories);
    const meant = nearest(repository, names);
    const hint = meant.length > 0 ? `did you mean ${meant.join(' or ')}?` : `there are ${names.join(', ') || 'none'}`;
    context.addIssue({
      code: 'custom',
      path: ['defaults', 'repository'],
      message: `${JSON.stringify(repository)} is not among the repositories; ${hint}`,
      params: { sentence: true },
    });
  });

/** A config that has been checked; paths of the worker are absolute. */
export type Config = z.output<typeof configSchema>;

/** What holds without any config file. */
export const emptyConfig = (): Config => configSchema.parse({});
