/** The `mount` of a practice site: mounts what the practice file server exports; everything else is the real one's. */
import { parseArgs } from 'node:util';
import { exportedDirectory, isOurs, isShareGone, mountOn, mountPointOf, mountedOn } from '../shares.ts';
import { lstatSync } from 'node:fs';
import { delegate, Failure, main, openSite, seconds, withFaults } from './stand-in.ts';

const site = openSite();
const argv = process.argv.slice(2);

await main(async () => {
  const { source, point, type, options } = understand() ?? delegate(site, 'mount', argv);
  const directory = mountPointOf(point);
  const fail = (message: string): never => {
    throw new Failure(`mount.${type}: ${message}`, 32);
  };
  await withFaults(site, ['mount'], async () => {
    if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) fail(`mount point ${point} does not exist`);
    if (mountedOn(site.state, directory)?.source === source)
      fail(`${point} is busy or already mounted or sharecache fail`);
    if (mountedOn(site.state, directory) !== undefined) fail(`${point} is busy`);
    if (!lstatSync(directory).isDirectory()) fail(`mount point ${point} is not a directory`);
    if (isShareGone(site.scratch)) {
      await seconds(2);
      fail('Connection timed out');
    }
    const exported =
      exportedDirectory(site.scratch, source) ??
      fail(`mounting ${source} failed, reason given by server: No such file or directory`);
    mountOn(site.state, directory, exported, { source, type, options });
  });
});

/** The mount asked for, if it is of the practice file server. */
function understand(): { source: string; point: string; type: string; options: string } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: { types: { type: 'string', short: 't' }, options: { type: 'string', short: 'o' } },
    });
    const [source, point] = positionals;
    if (!isOurs(source) || point === undefined || positionals.length !== 2) return undefined;
    return { source, point, type: values.types ?? 'nfs', options: values.options ?? 'rw' };
  } catch {
    return undefined;
  }
}
