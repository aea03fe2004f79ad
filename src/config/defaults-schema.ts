import { z } from 'zod';
import { choice, flag, text, whole } from './pieces.ts';
import { duration, rate } from './units.ts';

/** What operations do when neither the command line nor a plan says otherwise. */
export const defaults = z
  .strictObject(
    {
      repository: text('a repository of this file, SERVER:/PATH, or a directory')
        .exactOptional()
        .describe(
          'Where backups go without --to: a repository of this file, SERVER:/PATH, or a directory of the host.',
        ),
      compression: choice(['zstd', 'gzip', 'none']).default('zstd').describe('How archives are compressed.'),
      level: whole(1, 19)
        .exactOptional()
        .describe("Compression level: 1 to 19 for zstd, 1 to 9 for gzip. Default: the program's own."),
      verify: choice(['read', 'compare', 'none'])
        .default('read')
        .describe(
          'read: read every archive back from the share. compare: read the disk again too. none: the backup counts as unverified.',
        ),
      guardAfter: duration
        .prefault('10m')
        .describe('So long may every worker be away before the host itself starts a VM that a backup shut down.'),
      shutdownTimeout: duration.prefault('5m').describe('So long may a guest take to power off.'),
      bandwidth: rate
        .exactOptional()
        .describe('At most this much is read from disks, such as 50M/s. Default: no limit.'),
      idle: flag.default(false).describe('Archive at low CPU and disk priority.'),
      startEarly: flag.default(false).describe('Start the VM when its last disk is read, before the verification.'),
      parallel: whole(1, 32).default(1).describe('How many VMs of one command are backed up at a time.'),
    },
    { error: 'keys such as repository and verify, indented below' },
  )
  .superRefine((values, context) => {
    const wrong = (key: keyof typeof values, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message, params: { sentence: true } });
    if (values.verify === 'compare' && values.startEarly)
      wrong('startEarly', 'does not go with verify: compare, which reads the disks again while the VM is off');
    if (values.compression === 'gzip' && (values.level ?? 0) > 9) wrong('level', 'is above 9, the highest of gzip');
    if (values.compression === 'none' && values.level !== undefined)
      wrong('level', 'means nothing with compression: none');
  });
