/** The `umount` of a practice site: unmounts what its `mount` mounted; everything else is the real one's. */
import { parseArgs } from 'node:util';
import { mountPointOf, mountedOn, unmount, usersOf } from '../shares.ts';
import { delegate, Failure, main, openSite, withFaults } from './stand-in.ts';

const site = openSite();
const argv = process.argv.slice(2);

await main(async () => {
  const { point, lazy } = understand() ?? delegate(site, 'umount', argv);
  const directory = mountPointOf(point);
  await withFaults(site, ['umount'], () => {
    if (mountedOn(site.state, directory) === undefined) throw new Failure(`${point}: not mounted.`, 32);
    if (!lazy && usersOf(site.scratch, directory).length > 0) throw new Failure(`${point}: target is busy.`, 32);
    unmount(site.state, directory);
  });
}, 'umount: ');

/** What to unmount, if it lies on the practice site's own directory tree. */
function understand(): { point: string; lazy: boolean } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: { force: { type: 'boolean', short: 'f' }, lazy: { type: 'boolean', short: 'l' } },
    });
    const [point] = positionals;
    if (point === undefined || positionals.length !== 1) return undefined;
    const directory = mountPointOf(point);
    const ours = directory.startsWith(`${site.scratch.directory}/`) || mountedOn(site.state, directory) !== undefined;
    return ours ? { point, lazy: values.lazy === true } : undefined;
  } catch {
    return undefined;
  }
}
