import { until } from '../../support/poll.ts';
import type { CloudProgram } from '../../support/cloud-program.ts';
import { newestOperation } from './world.ts';
import type { World } from './world.ts';

/** What a page says has happened: `<!-- before: a backup runs -->`. */
export const scenes: Readonly<Record<string, (world: World, program: CloudProgram) => Promise<void>>> = {
  'a backup runs': (world, program) => slowBackup(world, program),
  'an undo is stuck': async (world, program) => {
    await world.site.ask('POST /faults', { 'virsh start': { fail: 'error: cannot allocate memory' } });
    await slowBackup(world, program);
    const id = await newestOperation(program);
    await program.run(['operation', 'cancel', id]);
    // After some more tries it needs somebody; the page's commands are the same, and nobody waits for that here.
    await until('the undo has begun', async () => (await stateOf(program, id)) === 'putting back', 30);
  },
  'its host has memory again': (world) => world.site.ask('DELETE /faults').then(() => undefined),
  'the operation has ended, and its host has memory again': async (world, program) => {
    await world.site.ask('DELETE /faults');
    await until('nothing is open', async () => (await open(program)).length === 0, 30);
  },
  'a stop waits for approval': async (_world, program) => {
    const id = await program.begin('server', 'stop', '--project', 'project2');
    await until('it waits', async () => (await stateOf(program, id)) === 'waiting', 30);
  },
  'app-1 can not be stopped': (world) => world.server('app-1', { behaviour: { error: 'stop' } }),
  'app-1 is repaired': (world) => world.server('app-1', { status: 'ACTIVE', behaviour: { error: null } }),
};

/** web01 is off, and its disk is being read, slowly. */
async function slowBackup(world: World, program: CloudProgram): Promise<void> {
  const before = (await world.site.domain('web01')).stops;
  await program.begin('vm', 'backup', 'web01', '--host', 'kvm1', '--to', 'nas', '--shutdown', '--bandwidth', '1M/s');
  await until('web01 is off', async () => (await world.site.domain('web01')).stops > before, 30);
}

const stateOf = async (program: CloudProgram, id: string): Promise<string> =>
  (await program.json<{ state: string }>('operation', 'show', id)).state;

const open = async (program: CloudProgram): Promise<unknown[]> =>
  Object.values(await program.json<Record<string, unknown>>('operation', 'list', '--open')).filter(
    (each) => typeof each === 'object',
  );
