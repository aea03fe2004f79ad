import { writeFileSync } from 'node:fs';
import { Fault } from '../contracts/faults.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'what should be a directory is a file',
  EISDIR: 'that is a directory',
  EACCES: 'you may not write there',
  EROFS: 'it is on a file system that is read-only',
  ENOSPC: 'the disk is full',
};

/** Writes what was asked for. Throws InvalidInput, in which `as` names the file as the command line did. */
export function writeFile(
  file: string,
  text: string,
  { as = file, mode }: { readonly as?: string; readonly mode?: number } = {},
): void {
  try {
    writeFileSync(file, text, mode === undefined ? {} : { mode });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Fault('InvalidInput', `${as} can't be written: ${reasons[code] ?? message}`, {
      remedy: 'name a file in a directory that is there and may be written to',
    });
  }
}
