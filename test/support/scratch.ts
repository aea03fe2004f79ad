import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

/** A new directory that goes with the run. */
export function scratchDirectory(name: string): Promise<string> {
  return mkdtemp(join(runDirectory(), `${name}-`));
}

/** The scratch directory of this run of jest (test/setup/global-setup.mjs). */
export function runDirectory(): string {
  const directory = process.env['STACKHAND_TEST_DIR'];
  if (directory === undefined)
    throw new Error('STACKHAND_TEST_DIR is unset: tests run under jest with its globalSetup');
  return directory;
}
