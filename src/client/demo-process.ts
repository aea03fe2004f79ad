import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exitOf } from './dev/worker-process.ts';
import type { Settings } from './settings.ts';

/**
 * Runs the show to its end. It is a program of its own: nothing of the practice site is loaded into this one, which it
 * starts in turn, as a person would. With --json what it tells is story.
 */
export async function runDemo(words: readonly string[], { json }: Pick<Settings, 'json'>): Promise<number> {
  const main = fileURLToPath(new URL('../practice/demo.js', import.meta.url));
  // In our process group, since it asks on this terminal.
  const child = spawn(process.execPath, [main, ...words], { stdio: ['inherit', json ? 2 : 'inherit', 'inherit'] });
  // Passed on also where Ctrl-C has told it already: hearing it twice is nothing to it, and it has to clear away.
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  const code = await exitOf(child);
  for (const signal of signals) process.off(signal, pass);
  return code;
}
