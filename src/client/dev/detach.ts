import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Fault } from '../../contracts/faults.ts';
import { exitOf } from './worker-process.ts';
import { devLog, supervisor } from './supervisor-state.ts';

export interface DetachOptions {
  readonly config: string | undefined;
  readonly sites: readonly string[];
  readonly story: (line: string) => void;
}

/** Starts `stackhand dev` as a process of its own and waits until server and worker are there. */
export async function detachDev({ config, sites, story }: DetachOptions): Promise<void> {
  const log = devLog();
  await mkdir(dirname(log), { recursive: true });
  const file = await open(log, 'w');
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const options = [...(config === undefined ? [] : ['--config', config]), ...sites.flatMap((site) => ['--site', site])];
  const child = spawn(process.execPath, [main, 'dev', '--no-color', ...options], {
    detached: true,
    stdio: ['ignore', file.fd, file.fd],
  });
  await file.close();
  child.unref();
  let ended: number | undefined;
  void exitOf(child).then((code) => (ended = code));
  let told = 0;
  for (;;) {
    const lines = (await readFile(log, 'utf8')).split('\n').slice(0, -1);
    for (const line of lines.slice(told)) story(`  ${line}`);
    told = lines.length;
    const now = await supervisor();
    if (now?.pid === child.pid && now?.ready === true) return;
    if (ended !== undefined)
      throw new Fault('TemporalStartFailed', 'stackhand dev ended before it was ready; see above', {
        where: log,
        remedy: 'stackhand dev without --detach shows the same in the foreground',
      });
    await pause(250);
  }
}
