import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * One scratch directory for the run, and a janitor that ends the servers of the run and removes the directory even
 * when jest itself is killed. Nothing else: the first test that needs a Temporal server starts it
 * (test/support/temporal.ts), so a run of unit tests waits for nothing.
 */
export default async function globalSetup() {
  const directory = await mkdtemp(join(tmpdir(), 'stackhand-test-'));
  process.env.STACKHAND_TEST_DIR = directory;
  const janitor = spawn('sh', [new URL('./janitor.sh', import.meta.url).pathname, String(process.pid), directory], {
    detached: true,
    stdio: 'ignore',
  });
  janitor.unref();
}
