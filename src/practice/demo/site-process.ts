import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const script = fileURLToPath(new URL('../site.js', import.meta.url));

const ready = z.object({
  directory: z.string(),
  config: z.string(),
  control: z.string(),
  ssh: z.object({ port: z.number(), user: z.string(), identityFile: z.string(), knownHosts: z.string() }),
  runDirectory: z.string(),
});

/** Starts the practice site, as a process of its own; returns what it says when it is ready. */
export async function startSite(directory: string): Promise<z.infer<typeof ready>> {
  // In a group of its own, as what ends it is: Ctrl-C ends the demo, which ends the site last.
  const child = spawn(process.execPath, [script, '--directory', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the practice site did not start')));
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  ended.catch(() => {});
  return ready.parse(JSON.parse(String(line[0])));
}

/** Ends the site of this directory with all that runs on it, and removes the directory. */
export async function cleanSite(directory: string): Promise<void> {
  // Empty: somebody made it for the site, or it was killed before it had a label.
  if (!existsSync(directory) || readdirSync(directory).length === 0) return;
  const child = spawn(process.execPath, [script, '--clean', '--directory', directory], {
    stdio: 'inherit',
    detached: true,
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${directory} could not be cleaned up`);
}
