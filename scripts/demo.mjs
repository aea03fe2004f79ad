/** `npm run demo [-- --once]`: sets up what is missing, then shows the main job on the practice site. */
import { ensurePrograms } from './lib/programs.mjs';
import { root, run } from './lib/run.mjs';
import { main } from './lib/say.mjs';
import { ensureTemporal } from './lib/temporal.mjs';
import { setup } from './setup.mjs';

/** What the practice host runs for real. */
const programs = ['bash', 'tar', 'zstd', 'flock', 'setsid', 'findmnt'];

await main(async () => {
  await setup();
  await ensurePrograms(programs, 'the practice host runs');
  await ensureTemporal();
  const { code } = await run(process.execPath, [`${root}/dist/practice/demo.js`, ...process.argv.slice(2)]);
  return code;
});
