import { writeFileSync } from 'node:fs';
import { Fault } from '../contracts/faults.ts';

/** Writes what was asked for. Throws InvalidInput, in which `as` names the file as the command line did. */
export function writeFile(
  file: string,
  text: string,
  { as = file, mode }: { readonly as?: string; readonly mode?: number } = {},
): void {
  try {
    writeFileSync(file, text, mode === undefined ? {} : { mode });
  } catch (error) {
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    throw new Fault('InvalidInput', `${as} can't be written: ${code}`);
  }
}
