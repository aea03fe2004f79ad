import { z } from 'zod';
import { holdsPassword } from './mount-options.ts';
import { matching, text, whole } from './pieces.ts';

/** An entry of `repositories:`: where backups are kept, as the host that mounts it sees it. */

const expected =
  'SERVER:/PATH (an NFS export), /DIRECTORY (of the host itself), or keys such as type and source indented below';

/** Mounting over one of these would hide what the host runs from. */
const system =
  /^\/(?:bin|boot|dev|etc|home|lib\d*|proc|root|run|sbin|sys|tmp|usr|var)?$|^\/(?:dev|etc|proc|sys|boot|bin|sbin|lib\d*|usr)\/|^\/var\/(?:lib|log|run|tmp)$|^\/var\/lib\/libvirt(?:\/|$)/;

const plain = /^(?!-)[^\0-\x1f\x7f]+$/;
const nfsSource =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\]):\/[^\0-\x1f\x7f]*$/;

/** What a source without a type means: an NFS export, a directory of the host, or neither. */
export function repositoryType(source: string): 'nfs' | 'none' | undefined {
  if (isDirectory(source)) return 'none';
  return nfsSource.test(source) && !source.split('/').includes('..') ? 'nfs' : undefined;
}

/** An absolute directory below the root, without empty segments, `.` and `..`; a slash may end it. */
function isDirectory(path: string): boolean {
  const [first, ...segments] = path.replace(/(?<=.)\/$/, '').split('/');
  return plain.test(path) && first === '' && segments.every((segment) => !['', '.', '..'].includes(segment));
}

const keepCount = whole(1, 10_000);
const keep = z
  .strictObject(
    {
      last: keepCount.exactOptional().describe('Keep this many of the newest good backups of a VM.'),
      daily: keepCount.exactOptional().describe('Keep the newest of each of this many days.'),
      weekly: keepCount.exactOptional().describe('Keep the newest of each of this many ISO weeks.'),
      monthly: keepCount.exactOptional().describe('Keep the newest of each of this many months.'),
    },
    { error: 'rules such as last and daily, indented below' },
  )
  .refine((rules) => Object.keys(rules).length > 0, {
    error: 'at least one of last, daily, weekly, monthly; without keep nothing is pruned',
  });

const keys = z
  .strictObject(
    {
      type: matching(
        /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
        'a file system type: nfs, nfs4, cifs, fuse.sshfs, none or another of mount -t',
      )
        .exactOptional()
        .describe(
          'A file system type of mount -t (nfs, nfs4, cifs, fuse.sshfs, …), or none for a directory of the host. Default: nfs for SERVER:/PATH, none for /DIRECTORY.',
        ),
      source: matching(plain, 'what to mount, such as 192.168.100.10:/osp16_backup, or a directory').describe(
        'What is mounted: SERVER:/PATH, //SERVER/SHARE, USER@SERVER:/PATH; with type none a directory of the host.',
      ),
      options: matching(/^[^\0-\x20\x7f-]?[^\0-\x20\x7f]*$/, 'mount options separated by commas, without spaces')
        .exactOptional()
        .describe(
          'Mount options. They replace those defaults they contradict; docs/configuration.md lists the defaults.',
        ),
      mountPoint: text('an absolute directory')
        .refine((path) => isDirectory(path) && !system.test(path), {
          error: 'an absolute directory made for this share, such as /mnt/backup, not one that the system lives in',
        })
        .exactOptional()
        .describe('Where the host mounts it. Default: a directory of its own below /run/stackhand/mnt.'),
      directory: text('a directory below the mount point')
        .refine((path) => isDirectory(`/${path}`), {
          error: 'a directory below the mount point, such as backups/vms, without a leading slash and without ..',
        })
        .exactOptional()
        .describe('Directory below the mount point. Default: the mount point itself.'),
      keep: keep
        .exactOptional()
        .describe('Which backups a verified backup leaves in place. Without it nothing is pruned.'),
    },
    { error: expected },
  )
  .superRefine((entry, context) => {
    const type = entry.type ?? repositoryType(entry.source);
    const wrong = (key: keyof typeof entry, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message, params: { sentence: true } });
    if (type === undefined)
      wrong('source', 'is neither SERVER:/PATH nor /DIRECTORY: say its type (cifs, fuse.sshfs, …)');
    else if (type === 'none' && !isDirectory(entry.source))
      wrong('source', 'with type none has to be an absolute directory below / without detours');
    else if ((type === 'nfs' || type === 'nfs4') && repositoryType(entry.source) !== 'nfs')
      wrong('source', `with type ${type} has to be SERVER:/PATH`);
    if (type === 'none' && entry.options !== undefined)
      wrong('options', 'mean nothing with type none: nothing is mounted');
    if (type === 'none' && entry.mountPoint !== undefined)
      wrong('mountPoint', 'means nothing with type none: source is the directory itself');
    if (entry.options !== undefined && holdsPassword(entry.options))
      wrong('options', 'hold a password; put it into a file on the host (for cifs: credentials=/root/.smbcredentials)');
    if (/\/\/[^/@]*:[^/@]*@/.test(entry.source))
      wrong('source', 'holds a password; put it where the file system type reads it on the host');
  });

export type RepositoryEntry = z.output<typeof keys>;

const short = text(expected).transform((source, context): RepositoryEntry => {
  if (repositoryType(source)) return { source };
  context.addIssue({ code: 'invalid_format', format: 'regex', message: expected });
  return z.NEVER;
});

export const repositoryEntry = z.union([short, keys], { error: expected });
