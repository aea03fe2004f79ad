import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { marker, type Scratch } from './scratch.ts';

const programs = ['virsh', 'mount', 'umount', 'findmnt', 'mountpoint', 'dd'];

/**
 * Puts the stand-ins where PATH finds them. Each shim names this Node and its site, so that it works in whatever
 * environment a command of the site passes on.
 */
export function writeShims(scratch: Scratch): void {
  mkdirSync(scratch.bin, { recursive: true });
  for (const name of readdirSync(scratch.bin)) if (!programs.includes(name)) rmSync(join(scratch.bin, name));
  for (const program of programs) {
    const script = fileURLToPath(new URL(`./stand-ins/${program}.js`, import.meta.url));
    const line = [`${marker}=${quote(scratch.directory)}`, 'exec', quote(process.execPath), quote(script), '"$@"'];
    const file = join(scratch.bin, program);
    // Archives go through dd: the real one does it, without a detour, unless the share is to be full.
    const unless = program === 'dd' ? `[ -e ${quote(limitFlag(scratch))} ] || exec ${quote(realDd())} "$@"\n` : '';
    // Renamed into place: a job of a site that was killed may be calling it.
    writeFileSync(`${file}.new`, `#!/bin/sh\n${unless}${line.join(' ')}\n`, { mode: 0o755 });
    renameSync(`${file}.new`, file);
  }
}

/** Says to the shim of dd that the fault "share" has a limit. */
export const limitFlag = (scratch: Scratch): string => join(scratch.directory, 'share-is-limited');

function realDd(): string {
  const places = ['/usr/local/bin', '/usr/bin', '/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  return places.map((place) => join(place, 'dd')).find((file) => existsSync(file)) ?? '/bin/dd';
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
