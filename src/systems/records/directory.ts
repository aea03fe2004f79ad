import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { Fault, isFault } from '../../contracts/faults.ts';
import { checkRecordName, fromJson, isRecordName, keepNewer, toJson } from './records.ts';
import type { Records } from './records.ts';

const suffix = '.json';
/** Beside the operations, whose ids begin with no dot: what is being written, and what is being removed. */
const writing = '.writing';
const removing = '.removing-';
/** A killed writer leaves its unfinished file; nobody writes one for this long. */
const staleMs = 3_600_000;

/** $XDG_DATA_HOME/stackhand/records, by default below ~/.local/share. */
export function recordsDirectory(env: NodeJS.ProcessEnv = process.env, home = homedir()): string {
  const base = env['XDG_DATA_HOME'];
  return join(base !== undefined && isAbsolute(base) ? base : join(home, '.local/share'), 'stackhand/records');
}

/** Records in files of this machine: <root>/<operation>/<name>.json. Directories are made with mode 0700. */
export function directoryRecords(root: string = recordsDirectory()): Records {
  return {
    place: root,

    put: (operation, name, value) =>
      usable(root, async () => {
        const file = fileOf(root, operation, name);
        const there = await orMissing(readFile(file, 'utf8'));
        if (there !== undefined) keepNewer(there, file);
        const unfinished = await writeUnfinished(join(root, writing), toJson(value));
        try {
          await inPlace(file, () => rename(unfinished, file));
        } catch (error) {
          await rm(unfinished, { force: true });
          throw error;
        }
        await dropStale(join(root, writing));
      }),

    create: (operation, name, value) =>
      usable(root, async () => {
        const file = fileOf(root, operation, name);
        const unfinished = await writeUnfinished(join(root, writing), toJson(value));
        let made = true;
        try {
          // A link, unlike a rename, never takes the place of another.
          await inPlace(file, () =>
            link(unfinished, file).catch((error: unknown) => {
              if (codeOf(error) !== 'EEXIST') throw error;
              made = false;
            }),
          );
          return made;
        } finally {
          await rm(unfinished, { force: true });
        }
      }),

    get: (operation, name) =>
      usable(root, async () => {
        const file = fileOf(root, operation, name);
        const text = await orMissing(readFile(file, 'utf8'));
        return text === undefined ? undefined : fromJson(text, file);
      }),

    names: (operation) =>
      usable(root, async () => {
        checkRecordName('operation', operation);
        return documentsIn(join(root, operation));
      }),

    list: () =>
      usable(root, async () => {
        const operations: string[] = [];
        for (const entry of (await orMissing(readdir(root, { withFileTypes: true }))) ?? []) {
          const counts = entry.isDirectory() && isRecordName(entry.name);
          if (counts && (await documentsIn(join(root, entry.name))).length > 0) operations.push(entry.name);
        }
        return operations.sort();
      }),

    forget: (operation, name) =>
      usable(root, async () => {
        const file = fileOf(root, operation, name);
        await rm(file, { force: true });
        await orMissing(syncDirectory(dirname(file)));
      }),

    remove: (operation) =>
      usable(root, async () => {
        checkRecordName('operation', operation);
        // Renamed first: an operation is there whole or not at all.
        await orMissing(rename(join(root, operation), join(root, `${removing}${randomUUID()}`)));
        await orMissing(syncDirectory(root));
        const halfRemoved = ((await orMissing(readdir(root))) ?? []).filter((entry) => entry.startsWith(removing));
        for (const entry of halfRemoved) await rm(join(root, entry), { recursive: true, force: true });
      }),
  };
}

function fileOf(root: string, operation: string, name: string): string {
  checkRecordName('operation', operation);
  checkRecordName('document', name);
  return join(root, operation, `${name}${suffix}`);
}

async function writeUnfinished(directory: string, text: string): Promise<string> {
  await makeDirectory(directory);
  const file = join(directory, randomUUID());
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
    return file;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Moves into the operation's directory, which a removal may take away in between: then it is made again. */
async function inPlace(file: string, move: () => Promise<void>): Promise<void> {
  const directory = dirname(file);
  for (let left = 20; ; left -= 1) {
    await makeDirectory(directory);
    try {
      await move();
      break;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || left === 0) throw error;
    }
  }
  // Gone again already: removed after it was put.
  await orMissing(syncDirectory(directory));
  await syncDirectory(dirname(directory));
}

/** With those above that are missing; they are on disk when it returns. */
async function makeDirectory(directory: string): Promise<void> {
  const highest = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (highest === undefined) return;
  for (let each = dirname(directory); each.length >= dirname(highest).length; each = dirname(each)) {
    await orMissing(syncDirectory(each));
    if (each === dirname(each)) return;
  }
}

async function dropStale(directory: string): Promise<void> {
  for (const entry of await readdir(directory)) {
    const file = join(directory, entry);
    const found = await orMissing(stat(file));
    if (found && Date.now() - found.mtimeMs > staleMs) await rm(file, { force: true });
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function documentsIn(directory: string): Promise<string[]> {
  const entries = (await orMissing(readdir(directory))) ?? [];
  return entries
    .filter((entry) => entry.endsWith(suffix))
    .map((entry) => entry.slice(0, -suffix.length))
    .filter(isRecordName)
    .sort();
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Failures of the file system as the one that names the directory. */
async function usable<T>(root: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isFault(error)) throw error;
    throw new Fault(
      'RecordsUnusable',
      `the records in ${root} can't be used: ${(error as Error).message}`,
      { where: root },
      { cause: error },
    );
  }
}
