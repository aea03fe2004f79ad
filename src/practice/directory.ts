import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { scratchIn, type Scratch } from './scratch.ts';

/** Plain, short, and the same in every checkout: it stands in the domains' XML and in what a person types. */
export const defaultDirectory = (): string => `/var/tmp/stackhand-practice-${process.getuid?.() ?? 0}`;

/** A file that says whose a directory is, for programs and for people. */
export interface Label {
  readonly file: string;
  readonly text: string;
}

const siteLabel: Label = {
  file: 'PRACTICE',
  text: 'This directory belongs to a practice site of stackhand: nothing in it is real.\n',
};

/** Makes the directory the site's, with the places that everything on it expects. */
export function prepareDirectory(path: string): Scratch {
  const directory = claimDirectory(path, siteLabel);
  const scratch = scratchIn(directory);
  for (const made of [scratch.home, scratch.var, scratch.mountPoint, join(scratch.nas, 'export', 'backup')]) {
    // What is mounted, or away, is there under another name.
    if (lstatSync(made, { throwIfNoEntry: false }) !== undefined) continue;
    if (made.startsWith(scratch.nas) && existsSync(join(scratch.nas, 'away'))) continue;
    mkdirSync(made, { recursive: true });
  }
  return scratch;
}

/** Labels a directory, made if need be. Refuses one that holds anything else, since it is removed whole in the end. */
export function claimDirectory(path: string, label: Label): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid } = lstatSync(path);
  if (uid !== process.getuid?.()) throw new Error(`${path} belongs to another user: name one with --directory`);
  const directory = realpathSync(path);
  if (!isLabelled(directory, label)) {
    if (readdirSync(directory).length > 0)
      throw new Error(`${directory} holds something else: name one with --directory`);
    writeFileSync(join(directory, label.file), label.text);
  }
  return directory;
}

export const isLabelled = (directory: string, { file }: Label): boolean => existsSync(join(directory, file));

export const isSite = (directory: string): boolean => isLabelled(directory, siteLabel);

const note = z.object({ pid: z.number(), bootId: z.string(), port: z.number(), controlPort: z.number() });

/** What a site leaves for the next one: its ports, and whether it still runs. */
export type Note = z.infer<typeof note>;

export function readNote(scratch: Scratch): Note | undefined {
  if (!existsSync(scratch.site)) return undefined;
  return note.parse(JSON.parse(readFileSync(scratch.site, 'utf8')));
}

export function writeNote(scratch: Scratch, value: Note): void {
  writeFileSync(`${scratch.site}.new`, JSON.stringify(value));
  renameSync(`${scratch.site}.new`, scratch.site);
}

/** The process of the site that runs in this directory, if one does. A reused pid is not taken for it. */
export function runningSite(scratch: Scratch): number | undefined {
  const known = readNote(scratch);
  if (known === undefined || known.pid === process.pid || known.bootId !== bootId()) return undefined;
  try {
    return readFileSync(`/proc/${known.pid}/cmdline`, 'utf8').includes('practice/site') ? known.pid : undefined;
  } catch {
    return undefined;
  }
}

export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
