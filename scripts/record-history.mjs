/**
 * Keeps the history of a closed operation as a fixture that every later version of its workflow must still replay:
 *
 *   npm run record -- WORKFLOW-ID NAME        writes test/replay/NAME.json
 *
 * From the Temporal that the stackhand command itself would use. Who ran it and on which machine is left out.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './lib/run.mjs';
import { Stop, main, say } from './lib/say.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  const [workflowId, name] = process.argv.slice(2);
  if (workflowId === undefined || !/^[a-z0-9-]+$/.test(name ?? '')) {
    throw new Stop(
      'which operation, and under which name?',
      'npm run record -- vm-backup/kvm1/web01/1a2b3c4d vm-backup-done',
    );
  }
  await setup();
  const { connect } = await import(`${root}/dist/client/connect.js`);
  const { historyToJSON } = await import('@temporalio/common/lib/proto-utils.js');
  const { client, close } = await connect();
  try {
    const history = JSON.parse(historyToJSON(await client.workflow.getHandle(workflowId).fetchHistory()));
    const file = join(root, 'test/replay', `${name}.json`);
    await writeFile(file, `${JSON.stringify(history, withoutIdentity, 1)}\n`);
    say(`wrote ${history.events.length} events to ${file}; look it over for names that should not be public`);
  } finally {
    await close();
  }
});

/** Identities and stack traces name a person and a machine; replay looks at neither. */
function withoutIdentity(key, value) {
  if (key === 'stackTrace') return '';
  return key === 'identity' ? 'worker@example' : value;
}
