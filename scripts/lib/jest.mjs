import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/**
 * Runs jest with these arguments, its output shown, and counts what its own report says.
 *
 * @returns {Promise<{ passed: number, failed: number }>} a file that could not even run counts as one failure
 */
export async function jest(args) {
  const directory = await mkdtemp(join(tmpdir(), 'stackhand-jest-'));
  const report = join(directory, 'report.json');
  try {
    const { code } = await run(process.execPath, [
      // Not in NODE_OPTIONS, which processes started by tests would inherit.
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(root, 'node_modules/jest/bin/jest.js'),
      '--json',
      `--outputFile=${report}`,
      '--testLocationInResults=false',
      ...args,
    ]);
    const result = await readFile(report, 'utf8').then(JSON.parse, () => undefined);
    if (result === undefined) return { passed: 0, failed: 1 };
    const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
    return { passed: result.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
