/** `npm run verify`: the one gate. Each step says ok or FAILED with its time; `--no-tests` leaves the tests out. */
import { jest } from './lib/jest.mjs';
import { run, tool } from './lib/run.mjs';
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

/**
 * What runs at run time has no known vulnerability of weight. A registry that doesn't answer that question is no pass:
 * it is said, and counts as neither.
 */
async function audit() {
  const { code, output } = await run('npm', ['audit', '--omit=dev', '--audit-level=high'], { output: 'keep' });
  if (code === 0) return { passed: 1, failed: 0 };
  if (/audit endpoint returned an error|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENOAUDIT/.test(output)) {
    say('the registry does not answer npm audit: nothing is known of vulnerabilities');
    return { passed: 0, failed: 0 };
  }
  return { passed: 0, failed: 1, output, remedy: 'npm audit' };
}

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
    const how = failed > 0 ? 'FAILED' : passed > 0 ? 'ok    ' : '?     ';
    say(`${how} ${name} (${seconds(since)})`);
    if (failed > 0 && output !== undefined) say(output.trimEnd());
    if (failed > 0 && remedy !== undefined) say(`  → ${remedy}`);
    return failed === 0;
  };

  await step('npm audit', audit);

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
