import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Hands over to the janitor and sees it finish; removing what a whole run left takes a busy machine its time. */
export default async function globalTeardown() {
  const directory = process.env.STACKHAND_TEST_DIR;
  await writeFile(join(directory, 'done'), '');
  for (let tries = 0; tries < 1_200; tries += 1) {
    const there = await access(directory).then(
      () => true,
      () => false,
    );
    if (!there) return;
    await pause(100);
  }
  throw new Error(`the janitor did not remove ${directory}`);
}
