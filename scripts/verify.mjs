/** `npm run verify`: the one gate. Each step says ok or FAILED with its time; `--no-tests` leaves the tests out. */
import { jest } from './lib/jest.mjs';
import { tool } from './lib/run.mjs';
import { main, say, seconds } from './lib/say.mjs';
import { setup } from './setup.mjs';
import { test } from './test.mjs';

const replay = 'test/replay.test.ts';

const checks = [
  ['format', 'prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.'], 'npm run format'],
  ['lint', 'eslint/bin/eslint.js', ['.', '--max-warnings', '0'], 'npx eslint . --fix'],
  ['imports', 'dependency-cruiser/bin/dependency-cruise.mjs', ['src', '--config', '.dependency-cruiser.cjs']],
  ['types', 'typescript/bin/tsc', ['-p', '.', '--pretty', 'false']],
];

await main(async () => {
  const total = { passed: 0, failed: 0 };

  /** Runs a step, which gives its counts or throws, and says how it went. */
  const step = async (name, work) => {
    const since = Date.now();
    const { passed, failed, output, remedy } = await work().catch((error) => ({
      passed: 0,
      failed: 1,
      output: error.message,
      remedy: error.remedy,
    }));
    total.passed += passed;
    total.failed += failed;
    say(`${failed === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds(since)})`);
    if (failed > 0 && output !== undefined) say(output.trimEnd());
    if (failed > 0 && remedy !== undefined) say(`  → ${remedy}`);
    return failed === 0;
  };

  const built = await step('build and workflow bundle', async () => {
    await setup();
    return { passed: 1, failed: 0 };
  });
  for (const [name, path, args, remedy] of checks) {
    await step(name, async () => {
      const { code, output } = await tool(path, args, { output: 'keep' });
      return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, output, remedy };
    });
  }
  // Tests start what was built.
  if (built) {
    if (!process.argv.includes('--no-tests')) await step('tests', () => test([`--testPathIgnorePatterns=/${replay}`]));
    await step('replay', () => jest([replay]));
  }

  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 ? 0 : 1;
});
