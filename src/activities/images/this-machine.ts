import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { HostTarget } from '../../contracts/targets.ts';

/** The worker's own machine and user. Who is not root has no /run of his own but what his session has. */
export function thisMachine(env: NodeJS.ProcessEnv): HostTarget {
  const { uid, username } = userInfo();
  const own = join(env['XDG_RUNTIME_DIR'] ?? tmpdir(), `stackhand-${String(uid)}`);
  return {
    name: 'this machine',
    transport: 'local',
    address: 'localhost',
    port: 22,
    user: username,
    sudo: false,
    runDirectory: uid === 0 ? '/run/stackhand' : own,
    stateDirectory: uid === 0 ? '/var/lib/stackhand' : own,
  };
}
