import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The compiled program's directory, current: a tenth of a second where nothing changed. */
export async function builtProgram(): Promise<string> {
  await execa(process.execPath, [`${root}/scripts/setup.mjs`], { timeout: 120_000 });
  return `${root}/dist`;
}

/** The workflow bundle that workers load, current. Made without compiling the rest. */
export async function builtBundle(): Promise<{ codePath: string }> {
  await execa(process.execPath, [`${root}/scripts/setup.mjs`, '--only-bundle'], { timeout: 120_000 });
  return { codePath: `${root}/dist/workflows.bundle.js` };
}
