import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import type { FileSystem, MachineFacts } from '../../contracts/machine.ts';
import type { Host } from '../host/host.ts';

const script = readFileSync(new URL('./scripts/facts.sh', import.meta.url), 'utf8');

/** @throws Fault what keeps the host from answering; CommandFailed where it answers something else */
export async function machineFacts(host: Host, mounts: readonly string[] = []): Promise<MachineFacts> {
  const asked = Date.now();
  const { stdout, stderr, exitCode } = await host.run(['bash', '--norc', '-c', script, 'stackhand', ...mounts], {
    // As long as the script's own deadlines together.
    deadline: 90 + 15 * mounts.length,
  });
  const lines = stdout.split('\n').map((line) => /^(\S+) ?(.*)$/.exec(line)?.slice(1) as [string, string] | undefined);
  const of = (kind: string): string[] => lines.flatMap((line) => (line?.[0] === kind ? [line[1]] : []));
  const numbers = (kind: string): number[] => (of(kind)[0] ?? '').split(/[ /]/).map(Number);
  const memory = Object.fromEntries(of('memory').map((line) => line.split(' ')));
  const parsed = facts.safeParse({
    clock: numbers('clock')[0],
    cpus: numbers('cpus')[0],
    load: numbers('load').slice(0, 3),
    total: Number(memory['MemTotal:']),
    available: Number(memory['MemAvailable:']),
  });
  if (exitCode !== 0 || !parsed.success)
    throw new Fault(
      'CommandFailed',
      `what it tells of itself can't be read: ${stderr.trim().slice(0, 300) || stdout.slice(0, 100)}`,
      {
        where: host.name,
      },
    );
  const { clock, cpus, load, total, available } = parsed.data;
  // Its clock was read somewhere between our asking and its answer; on an old connection soon after the asking.
  const [took, middle] = [(Date.now() - asked) / 1000, (Date.now() + asked) / 2000];
  const [reboot] = of('reboot');
  const space = of('space').map(fileSystem);
  return {
    clock: { ahead: clock - middle, uncertain: took / 2 },
    cpus,
    load,
    memory: { total, available },
    space: space.flatMap((each) => each ?? []),
    spaceless: of('spaceless'),
    spaceHidden: space.includes(undefined) || lines.some((line) => line?.[0] === 'spacehidden'),
    systemdHangs: lines.some((line) => line?.[0] === 'systemdless'),
    failedUnits:
      of('systemd').length === 0
        ? undefined
        : of('failed').map((line) => {
            const [name = '', ...words] = line.split(' ');
            return { name, description: words.join(' ') };
          }),
    rebootHidden: lines.some((line) => line?.[0] === 'rebootless'),
    ...(reboot === undefined ? {} : { reboot: reboot.trim() }),
  };
}

const finite = z.number().refine(Number.isFinite);
const facts = z.object({
  clock: finite.positive(),
  cpus: finite.positive(),
  load: z.tuple([finite, finite, finite]),
  total: finite.positive(),
  available: finite.nonnegative(),
});

/** A line of `df -k --output=size,used,avail,itotal,iused,target`; its last column may have spaces. */
function fileSystem(line: string): FileSystem | undefined {
  const parts = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+|-)\s+(\d+|-)\s+(.*)$/.exec(line);
  if (parts === null) return undefined;
  const [size = 0, used = 0, available = 0, inodes = 0, inodesUsed = 0] = parts
    .slice(1, 6)
    .map((part) => (part === '-' ? 0 : Number(part)));
  return { mountPoint: parts[6] ?? '', size, used, available, inodes, inodesUsed };
}
