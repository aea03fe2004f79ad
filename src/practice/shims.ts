import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { marker, type Scratch } from './scratch.ts';

const programs = ['virsh', 'mount', 'umount', 'findmnt', 'mountpoint'];

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
    // Renamed into place: a job of a site that was killed may be calling it.
    writeFileSync(`${file}.new`, `#!/bin/sh\n${line.join(' ')}\n`, { mode: 0o755 });
    renameSync(`${file}.new`, file);
  }
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
