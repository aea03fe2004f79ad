import { z } from 'zod';

/** Pieces shared by the inputs of VM operations. Strict: an unknown key is an error, since it may be a misspelt one. */
export const hostName = z.string().min(1, 'name a host of the config, or USER@ADDRESS');
export const vmName = z
  .string()
  .min(1, 'name a VM')
  .refine((name) => !/[/\n\0]/.test(name), 'a VM name has no slash and no newline');
export const repositoryName = z.string().min(1, 'name a repository of the config, SERVER:/PATH, or a directory');
const seconds = z.number().positive();

export const backupOptions = {
  shutdown: z.boolean().optional(),
  shutdownTimeout: seconds.optional(),
  forceOff: z.boolean().optional(),
  after: z.enum(['as before', 'start', 'leave']).optional(),
  startEarly: z.boolean().optional(),
  discardManagedSave: z.boolean().optional(),
  guardAfter: seconds.optional(),
  compression: z.enum(['zstd', 'gzip', 'none']).optional(),
  level: z.number().int().min(1).max(19).optional(),
  verify: z.enum(['read', 'compare', 'none']).optional(),
  bandwidth: z.number().positive().optional(),
  idle: z.boolean().optional(),
  keepPartial: z.boolean().optional(),
};

/** compare reads the source again, so the VM must still be off. */
export const compareNeedsVmOff = {
  check: (input: { verify?: string | undefined; startEarly?: boolean | undefined }): boolean =>
    !(input.verify === 'compare' && input.startEarly === true),
  message: '--verify compare reads the disks again, so it does not go with --start-early',
};

export const keepRules = z
  .strictObject({
    last: z.number().int().min(1).optional(),
    daily: z.number().int().min(1).optional(),
    weekly: z.number().int().min(1).optional(),
    monthly: z.number().int().min(1).optional(),
  })
  .refine((rules) => Object.values(rules).some((count) => count !== undefined), 'at least one keep rule');
