/** `npm test`: everything it needs, then the whole default suite, or what the arguments select (they are jest's). */
import { pathToFileURL } from 'node:url';
import { jest } from './lib/jest.mjs';
import { ensurePrograms } from './lib/programs.mjs';
import { main } from './lib/say.mjs';
import { ensureTemporal } from './lib/temporal.mjs';
import { setup } from './setup.mjs';

export async function test(args) {
  await setup();
  await ensurePrograms();
  // Before the tests, since fetching it may take minutes and no test waits that long.
  await ensureTemporal();
  return jest(args);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const { passed, failed } = await test(process.argv.slice(2));
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed === 0 ? 0 : 1;
  });
}
