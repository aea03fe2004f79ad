import { hostname } from 'node:os';
import { connect } from './connect.ts';
import { isFault } from '../contracts/faults.ts';
import { siteQueue } from '../contracts/operation.ts';
import { pollers } from './queues.ts';

/**
 * For the health check of a container (Dockerfile): exit code 0 when Temporal has lately seen a worker of this
 * machine ask for work, else 1 with the reason. A container's host name is its own id.
 */
try {
  const connected = await connect();
  const here = (await pollers(connected.client, siteQueue(undefined))).filter(({ identity }) =>
    identity.endsWith(`@${hostname()}`),
  );
  console.log(here.length > 0 ? `serving as ${here[0]?.identity ?? ''}` : `no worker of ${hostname()} asks for work`);
  process.exitCode = here.length > 0 ? 0 : 1;
  await connected.close();
} catch (error) {
  console.log(isFault(error) ? error.message : String(error));
  process.exitCode = 1;
}
// A connection that never came up may linger.
process.exit();
