/**
 * Keeps histories of closed operations as fixtures that every later version of their workflows must still replay:
 *
 *   npm run record -- --all                   runs the commands of the documents on practice sites, and keeps what came
 *                                             of each workflow that has no history of its kind in test/replay/next
 *   npm run record -- WORKFLOW-ID NAME        writes test/replay/next/NAME.json
 *   npm run record -- --release               makes of test/replay/next the histories of the version in package.json
 *
 * One by its id comes from the Temporal that the stackhand command itself would use. Who ran it and on which machine is
 * left out.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyText, next, recordedReleases, sealRelease, typeOf, workflowTypes } from './lib/histories.mjs';
import { root } from './lib/run.mjs';
import { Stop, main, say } from './lib/say.mjs';
import { setup } from './setup.mjs';
import { test } from './test.mjs';

const directory = join(root, 'test/replay');

await main(async () => {
  const [what, name] = process.argv.slice(2);
  if (what === '--all') return recordAll();
  if (what === '--release') return release();
  if (what === undefined || !/^[a-z0-9-]+$/.test(name ?? '')) {
    throw new Stop(
      'which operation, and under which name?',
      'npm run record -- vm-backup/kvm1/web01/1a2b3c4d vm-backup-done',
    );
  }
  return recordOne(what, name);
});

async function recordOne(workflowId, name) {
  await setup();
  const { connect } = await import(`${root}/dist/client/connect.js`);
  const { historyToJSON } = await import('@temporalio/common/lib/proto-utils.js');
  const { client, close } = await connect();
  try {
    const history = JSON.parse(historyToJSON(await client.workflow.getHandle(workflowId).fetchHistory()));
    const file = join(directory, next, `${name}.json`);
    await mkdir(join(directory, next), { recursive: true });
    await writeFile(file, historyText(history));
    say(`wrote ${history.events.length} events to ${file}; look it over for names that should not be public`);
  } finally {
    await close();
  }
}

async function recordAll() {
  process.env.STACKHAND_RECORD = join(directory, next);
  const { failed } = await test(['test/docs', 'test/faults']);
  if (failed > 0) throw new Stop('what was to be recorded failed', 'npm test -- test/docs test/faults');
  say(`wrote to ${join(directory, next)}; look them over for names that should not be public`);
}

async function release() {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const workflows = workflowTypes(await readFile(join(root, 'src/workflows/index.ts'), 'utf8'));
  const releases = await recordedReleases(directory);
  if (releases.some((each) => each.release === version))
    throw new Stop(`${version} has its histories, and keeps them`, 'raise the version in package.json');
  const names = releases.find((each) => each.release === next)?.names ?? [];
  const histories = await Promise.all(names.map((name) => readFile(join(directory, next, name), 'utf8')));
  const types = histories.map((text) => typeOf(JSON.parse(text)));
  const missing = workflows.filter((type) => !types.includes(type));
  if (missing.length > 0)
    throw new Stop(`test/replay/next has no history of ${missing.join(', ')}`, 'npm run record -- --all');
  await sealRelease(directory, version, workflows);
  say(`${String(names.length)} histories are those of ${version} from now on`);
}
