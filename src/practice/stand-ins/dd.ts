/**
 * The `dd` of a practice site while the fault "share" sets a limit (the shim runs the real one otherwise): the real dd
 * reads, and what it reads lands on the share until that is full. As on NFS, that shows when the file is closed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, realpathSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { delegate, Failure, main, openSite, realPath } from './stand-in.ts';

const site = openSite();
const argv = process.argv.slice(2);

await main(async () => {
  const target = argv.find((word) => word.startsWith('of='))?.slice('of='.length);
  const limit = site.state.read().faults['share']?.limit;
  if (target === undefined || limit === undefined || !isOnShare(target)) delegate(site, 'dd', argv);
  const file = openSync(target, 'w', 0o600);
  let room = Math.max(0, limit - usedBytes());
  const reading = argv.filter((word) => !/^(of|oflag|conv)=/.test(word));
  const child = spawn('dd', reading, { stdio: ['inherit', 'pipe', 'inherit'], env: realPath(site) });
  const closed = once(child, 'close');
  let full = false;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    writeSync(file, chunk, 0, Math.min(room, chunk.length));
    full ||= chunk.length > room;
    room = Math.max(0, room - chunk.length);
  }
  closeSync(file);
  const [code] = (await closed) as [number | null];
  if (full) throw new Failure(`dd: closing output file '${target}': No space left on device`);
  process.exit(code ?? 1);
});

function isOnShare(path: string): boolean {
  const absolute = resolve(path);
  return join(realpathSync(dirname(absolute)), basename(absolute)).startsWith(`${site.scratch.nas}/`);
}

function usedBytes(): number {
  const { stdout } = spawnSync('du', ['-s', '-B1', site.scratch.nas], { encoding: 'utf8' });
  return Number.parseInt(stdout, 10);
}
