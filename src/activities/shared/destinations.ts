import { Fault } from '../../contracts/faults.ts';
import type { VmRestore } from '../../contracts/vm-restore.ts';
import type { Host } from '../../systems/host/host.ts';

/** What a person named for the disks, refused before anything is touched. What is only known later is checked then. */
export async function checkDestinations(
  host: Host,
  { directory, devices = {} }: Pick<VmRestore, 'directory' | 'devices'>,
): Promise<void> {
  const unfit = directory === undefined ? [] : await unfitDirectories(host, [directory]);
  const others = await failing(host, '[ -b "$p" ]', Object.values(devices));
  const refusals = [...unfit, ...others.map((path) => `${path} is not a block device`)];
  if (refusals.length === 0) return;
  const remedies = [
    ...(unfit.length === 0 ? [] : [`make that directory on ${host.name}, or name another --directory`]),
    ...(others.length === 0 ? [] : ['name a block device of the host with --device']),
  ];
  throw new Fault('RestoreRefused', `${refusals.join('; ')} on ${host.name}`, {
    where: host.name,
    remedy: `nothing was touched: ${remedies.join('; ')}`,
  });
}

/** Why files can't be put into these directories; a link to a directory is one. */
export async function unfitDirectories(host: Host, directories: readonly string[]): Promise<string[]> {
  const absent = await failing(host, '[ -d "$p" ]', directories);
  const there = directories.filter((directory) => !absent.includes(directory));
  const closed = await failing(host, '[ -w "$p" ]', there);
  return [
    ...absent.map((directory) => `the directory ${directory} is not there`),
    ...closed.map((directory) => `the directory ${directory} can't be written to`),
  ];
}

/** Those of the paths of which a shell's test of `$p` isn't true. */
export async function failing(host: Host, condition: string, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  const script = `for p; do ${condition} || printf '%s\\0' "$p"; done`;
  const { exitCode, stdout, stderr } = await host.run(['sh', '-c', script, 'sh', ...paths], { deadline: 30 });
  if (exitCode !== 0) {
    throw new Fault('CommandFailed', `${paths.join(', ')} can't be looked at: ${stderr.trim().slice(-500)}`, {
      where: host.name,
    });
  }
  return stdout.split('\0').filter((path) => path !== '');
}
