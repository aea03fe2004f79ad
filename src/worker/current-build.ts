import { setTimeout as pause } from 'node:timers/promises';
import type { Build } from './build.ts';

/** Temporal learns of a build from its workers' polls, and takes some seconds for it. */
const tries = 30;

/**
 * Makes a build the one that operations begin with, or says that it is not: without a current build, operations wait for
 * workers that have none. Never throws: the worker serves, whatever comes of it.
 */
export async function settleCurrent(build: Build, make: boolean): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`worker: ${line}\n`);
  for (let left = tries; ; left -= 1) {
    try {
      if (make) await build.makeCurrent();
      const current = await build.current();
      if (current === build.buildId) say(`operations begin with ${build.name}`);
      else
        say(
          `operations begin with ${current === undefined ? 'workers that have no build' : `build ${current}`}, not with ${build.name}\n  → to change that, start one of its workers with --current`,
        );
      return;
    } catch (error) {
      // It keeps no worker from ending.
      if (left > 0) await pause(1000, undefined, { ref: false });
      else {
        const what = make
          ? `${build.name} can't be made current`
          : "it can't be told which build operations begin with";
        return say(`${what}: ${(error as Error).message}`);
      }
    }
  }
}
