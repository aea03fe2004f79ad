import { execa } from 'execa';
import type { Report } from './program.ts';
import { release } from './release.ts';

/** Built from source where a Go toolchain and its module proxy are there: about 3.5 minutes on two cores, once. */
export async function goInstall(
  directory: string,
  report: Report,
  options: { env?: NodeJS.ProcessEnv; every?: number } = {},
): Promise<void> {
  const env = options.env ?? process.env;
  const { exitCode } = await execa('go', ['version'], { env, extendEnv: false, reject: false });
  if (exitCode !== 0) throw new Error('there is no Go toolchain to build it with');

  const since = Date.now();
  report(`building the Temporal program ${release.version} with Go; this takes some minutes, once`);
  let fetched = 0;
  const progress = setInterval(() => {
    report(`  ${Math.round((Date.now() - since) / 1000)} s: ${fetched} modules fetched, compiling`);
  }, options.every ?? 30_000);
  try {
    const build = execa('go', ['install', '-ldflags=-s -w', `${release.module}@v${release.version}`], {
      env: { ...env, GOBIN: directory },
      extendEnv: false,
      timeout: 30 * 60_000,
      killSignal: 'SIGKILL',
      stdin: 'ignore',
    });
    build.stderr.on('data', (chunk: Buffer) => {
      fetched += chunk.toString().split('go: downloading').length - 1;
    });
    await build;
    report(`  built in ${Math.round((Date.now() - since) / 1000)} s`);
  } catch (error) {
    const { stderr, shortMessage } = error as { stderr?: string; shortMessage?: string };
    const last = stderr?.trim().split('\n').at(-1);
    throw new Error(`go install failed (${last || shortMessage})`, { cause: error });
  } finally {
    clearInterval(progress);
  }
}
