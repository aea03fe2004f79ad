import { readFileSync } from 'node:fs';

/** How often a VM was started and stopped: qemu's log has a line for each, whoever asked for it. */
export function countRuns(log: string): { starts: number; stops: number } {
  const count = (words: string): number => log.split('\n').filter((line) => line.includes(words)).length;
  return { starts: count(': starting up'), stops: count(': shutting down') };
}

/** Where this source is mounted, by a table in the form of /proc/mounts. */
export function mountPointsOf(source: string, table: string): string[] {
  return table
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([from]) => from === source)
    .flatMap(([, point]) => point ?? []);
}

export function readOr(otherwise: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return otherwise;
  }
}
