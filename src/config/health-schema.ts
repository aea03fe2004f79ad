import { z } from 'zod';
import { patternProblem } from '../domain/glob.ts';
import { containerPresets } from '../domain/health/presets.ts';
import { choice, entryName, matching, text, whole, workerPath } from './pieces.ts';
import { duration } from './units.ts';

/** The section `health:`: what a health check looks at, and what it expects there. */

const pattern = (expected: string) =>
  text(expected).superRefine((glob, context) => {
    const problem = patternProblem(glob);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, params: { sentence: true } });
  });

const patterns = (of: string) => z.array(pattern(of), { error: `a list of ${of}s` });
const path = matching(/^\/[^\0\r\n]*$/, 'an absolute path on the host');

const role = z.strictObject(
  {
    hosts: patterns('host name or pattern')
      .min(1, 'at least one host')
      .describe('Hosts of the section hosts:, by name or pattern such as ctl*.'),
    runtime: choice(['podman', 'docker', 'none'])
      .exactOptional()
      .describe('What runs the containers; none where there are none. Default: whichever of the two is there.'),
    preset: choice(Object.keys(containerPresets) as ['tripleo', 'kolla'])
      .exactOptional()
      .describe('What is known of such clouds: containers that come and go or exit by design, and where the logs are.'),
    ignore: patterns('container name or pattern')
      .prefault([])
      .describe('Containers that come and go, beside those of the preset.'),
    oneShots: patterns('container name or pattern')
      .prefault([])
      .describe('Containers that exit by design, beside those of the preset.'),
    logs: z
      .array(path, { error: 'a list of paths or patterns' })
      .exactOptional()
      .describe(
        "Logs to read, as patterns of paths; [] for none. Default: the preset's, or those below /var/log/containers.",
      ),
    mounts: z
      .array(path, { error: 'a list of paths' })
      .exactOptional()
      .describe(
        'File systems whose space is looked at. Default: every one that is on a disk; a share has to be named.',
      ),
  },
  { error: 'keys such as hosts and preset, indented below' },
);

const knownIssue = z.strictObject(
  {
    match: text('a text, or a regular expression between slashes')
      .superRefine((match, context) => {
        const expression = /^\/(.*)\/$/s.exec(match)?.[1];
        if (expression === undefined) return;
        try {
          new RegExp(expression, 'i');
        } catch (error) {
          const message = `is no regular expression: ${(error as Error).message}`;
          context.addIssue({ code: 'custom', message, params: { sentence: true } });
        }
      })
      .describe('A text that the finding or its evidence contains, whatever its case; /…/ is a regular expression.'),
    reason: text('why it is nothing to act on').describe('Why it is nothing to act on; the report shows it.'),
    until: z
      .string({ error: 'a day such as "2026-12-31"' })
      .regex(/^\d{4}-\d\d-\d\d$/, 'a day such as "2026-12-31"')
      .exactOptional()
      .describe('The last day on which it counts as known. Default: for ever.'),
  },
  { error: 'match: and reason:, indented below' },
);

const expectedBackup = z.strictObject(
  {
    host: text('a host of this file').describe('The libvirt host whose VMs are meant.'),
    vm: pattern('a VM name or pattern').prefault('*').describe('VMs by name or pattern. Default: every one.'),
    within: duration.describe('So old may the newest good backup of each be, such as 26h.'),
  },
  { error: 'host: and within:, indented below' },
);

const percent = whole(1, 100);

const thresholds = z
  .strictObject(
    {
      diskWarning: percent.prefault(85).describe('Percent of a file system in use, of bytes or of inodes.'),
      diskCritical: percent.prefault(95).describe('From here on it is critical.'),
      memory: percent.prefault(95).describe('Percent of memory that is not available.'),
      load: z
        .number({ error: 'a number' })
        .positive('above 0')
        .prefault(4)
        .describe('Load over 15 minutes, for each CPU.'),
      clock: duration.prefault('2s').describe('So far may the clock of a host be from that of the worker.'),
      stuck: duration.prefault('1h').describe('A task of a server, or a migration, that takes longer counts as stuck.'),
      latency: duration.prefault('5s').describe('So long may an API take to answer.'),
    },
    { error: 'keys such as diskWarning, indented below' },
  )
  .prefault({})
  .describe('From where on a number is a finding.');

export const health = z
  .strictObject(
    {
      roles: z
        .record(entryName, role, { error: 'roles by name, indented below' })
        .prefault({})
        .describe('Hosts by what they are for, such as controllers and computes.'),
      cloud: text('a cloud of this file or of clouds.yaml')
        .exactOptional()
        .describe('The cloud whose services are looked at; without it none are.'),
      baseline: workerPath
        .exactOptional()
        .describe('What has to run, as `stackhand health baseline` wrote it, on the worker; read anew for each check.'),
      knownIssues: z
        .array(knownIssue, { error: 'a list of known issues' })
        .prefault([])
        .describe('Findings that are known and nothing to act on.'),
      backups: z
        .array(expectedBackup, { error: 'a list of expectations' })
        .prefault([])
        .describe('How old backups may be.'),
      thresholds,
      since: duration.prefault('24h').describe('Logs that are seen for the first time are read so far back.'),
      parallel: whole(1, 500).prefault(50).describe('Hosts that are looked at at a time.'),
      hostTimeout: duration
        .prefault('15m')
        .describe('A host, or the cloud, that takes longer counts as one that could not be checked.'),
      remindAfter: duration
        .exactOptional()
        .describe('What is still there is told again after so long. Default: only what is new or has ended is told.'),
    },
    { error: 'keys such as roles and cloud, indented below' },
  )
  .superRefine(({ thresholds: { diskWarning, diskCritical } }, context) => {
    if (diskWarning > diskCritical)
      context.addIssue({
        code: 'custom',
        path: ['thresholds', 'diskWarning'],
        message: `is above diskCritical, which is ${String(diskCritical)}`,
        params: { sentence: true },
      });
  });

export type HealthConfig = z.output<typeof health>;
