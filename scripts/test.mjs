/** `npm test`: everything it needs, then the whole default suite, or what the arguments select (they are jest's). */
import { pathToFileURL } from 'node:url';
import { jest } from './lib/jest.mjs';
import { ensurePrograms } from './lib/programs.mjs';
import { root } from './lib/run.mjs';
import { Stop, main, say, seconds } from './lib/say.mjs';
import { setup } from './setup.mjs';

export async function test(args) {
  await setup();
  await ensurePrograms();
  await ensureTemporal();
  return jest(args);
}

/** Before the tests, since fetching it may take minutes and no test waits that long. */
async function ensureTemporal() {
  const { ensureTemporalProgram } = await import(`${root}/dist/client/temporal/program.js`);
  const since = Date.now();
  try {
    await ensureTemporalProgram(say);
  } catch (error) {
    throw new Stop(error.message, error.remedy);
  }
  if (Date.now() - since > 5_000) say(`  Temporal program there after ${seconds(since)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const { passed, failed } = await test(process.argv.slice(2));
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  });
}
