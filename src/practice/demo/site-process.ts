import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
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
const state = z.object({
  domains: z.array(z.object({ name: z.string(), state: z.string(), starts: z.number(), stops: z.number() })),
  mounts: z.array(z.object({ mountPoint: z.string() })),
});

/** The practice site, as a process that the demo starts and ends. */
export class SiteProcess {
  readonly ready: z.infer<typeof ready>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, told: z.infer<typeof ready>) {
    this.#child = child;
    this.ready = told;
  }

  static async start(directory: string): Promise<SiteProcess> {
    // In a group of its own: Ctrl-C ends the demo, which ends the site last.
    const child = spawn(process.execPath, [script, '--directory', directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('the practice site did not start')));
    const line = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
    ended.catch(() => {});
    return new SiteProcess(child, ready.parse(JSON.parse(String(line[0]))));
  }

  async state(): Promise<z.infer<typeof state>> {
    const response = await fetch(`${this.ready.control}/state`);
    return state.parse(await response.json());
  }

  /** Ends it at once: what it held is on disk. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** Ends the site of this directory with all that runs on it, and removes the directory. */
export async function cleanSite(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  const child = spawn(process.execPath, [script, '--clean', '--directory', directory], { stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${directory} could not be cleaned up`);
}
