import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './run.mjs';

/** Every file below a directory of the project, as sorted paths relative to the project. */
export async function filesBelow(directory) {
  const entries = await readdir(join(root, directory), { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

/** One digest over names and contents. */
export async function digestOf(files) {
  const hash = createHash('sha256');
  const contents = await Promise.all(files.map((file) => readFile(join(root, file))));
  files.forEach((file, index) => hash.update(`${file}\0${contents[index].length}\0`).update(contents[index]));
  return hash.digest('hex');
}
