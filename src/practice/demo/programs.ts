import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** What the practice host runs for real: program → Debian package. */
export const programs: Readonly<Record<string, string>> = {
  bash: 'bash',
  tar: 'tar',
  zstd: 'zstd',
  flock: 'util-linux',
  setsid: 'util-linux',
  findmnt: 'util-linux',
};

/** Throws with what to install, before anything is started. */
export function needPrograms(path: string = process.env['PATH'] ?? ''): void {
  const directories = path.split(':').filter((directory) => directory !== '');
  const missing = Object.keys(programs).filter(
    (program) => !directories.some((directory) => runs(join(directory, program))),
  );
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => programs[program]))];
  throw new Error(
    `${missing.join(', ')} missing, which the practice host runs for real\n  → install ${packages.join(' ')} (Debian's names)`,
  );
}

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
