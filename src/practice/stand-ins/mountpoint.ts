/** The `mountpoint` of a practice site: knows the mounts of practice too. */
import { mountPointOf, mountedOn } from '../shares.ts';
import { delegate, main, openSite, out, withFaults } from './stand-in.ts';

const site = openSite();
const argv = process.argv.slice(2);

await main(async () => {
  const point = argv.at(-1);
  await withFaults(site, ['mountpoint'], () => {
    if (point === undefined || mountedOn(site.state, mountPointOf(point)) === undefined) {
      delegate(site, 'mountpoint', argv);
    }
    if (!argv.includes('-q') && !argv.includes('--quiet')) out(`${point} is a mountpoint\n`);
  });
});
