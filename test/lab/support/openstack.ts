import { execa } from 'execa';
import type { SuiteCloud } from '../../systems/openstack/client-suite.ts';

/**
 * The real cloud that `npm run test:lab` brought up, by the script that STACKHAND_LAB_OPENSTACK names. What the script
 * has to do: `up` starts Keystone, Nova, Placement and Neutron; `servers N` boots N servers named lab-NNNN and returns
 * when all are ACTIVE; `rmservers` deletes them; `down` ends it. Its clouds.yaml has the clouds lab (an administrator)
 * and lab-alpha (a member of one project).
 */
const directory = process.env['STACKHAND_LAB_CLOUD_DIR'] ?? '/var/lib/stacklab';

export const labCloud: SuiteCloud = {
  clouds: `${directory}/clouds.yaml`,
  adminrc: `${directory}/admin-openrc.sh`,
  admin: 'lab',
  member: 'lab-alpha',
  async addServers(count) {
    const before = new Set(await serverIds());
    await cloudScript('servers', String(count));
    return (await serverIds()).filter((id) => !before.has(id));
  },
};

/** For the cloud's own command line. */
export const cloudEnv = { OS_CLIENT_CONFIG_FILE: `${directory}/clouds.yaml`, OS_CLOUD: 'lab' };

/** The script's own command, as a person would type it. */
export async function cloudScript(...command: readonly string[]): Promise<string> {
  const script = process.env['STACKHAND_LAB_OPENSTACK'];
  if (script === undefined) throw new Error('these tests need a cloud: STACKHAND_LAB_OPENSTACK=… npm run test:lab');
  const { stdout } = await execa('bash', [script, ...command], { env: { LAB_NIC: 'none' }, timeout: 300_000 });
  return stdout;
}

/** Ids past the program under test: through the cloud's own command line. */
async function serverIds(): Promise<string[]> {
  const { stdout } = await execa('openstack', ['server', 'list', '--all-projects', '-f', 'value', '-c', 'ID'], {
    env: cloudEnv,
  });
  return stdout.split('\n').filter((line) => line !== '');
}
