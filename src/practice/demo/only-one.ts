import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Makes this process the only demo in a directory, since each clears away what it finds there. Returns how to let go. */
export function takeDirectory(directory: string): () => void {
  const file = `${directory}.lock`;
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = read(file).trim();
    // Without a pid it was written this very moment, or its writer was killed then: the next look tells.
    if (holder !== '' && read(`/proc/${holder}/cmdline`).includes('practice/demo')) {
      throw new Error(`a demo runs in ${directory} already (process ${holder}); end it, or name another --directory`);
    }
    rmSync(file, { force: true });
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
