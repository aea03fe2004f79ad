import { rename, writeFile } from 'node:fs/promises';
import { Stop } from './say.mjs';

/** Bytes of the bundle, its inline source map included. The SDK alone takes 1.6 MB. */
const largest = 2_700_000;

/**
 * Bundles workflow code as a worker would, and refuses what must not be in it. Node's own modules are refused by the
 * SDK itself; zod is not, though it adds a megabyte to what every worker loads.
 */
export async function bundleWorkflows({ target, ...sources }) {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const messages = [];
  const keep = (_level, message) => messages.push(message);
  const logger = { log: keep, trace: () => {}, debug: () => {}, info: () => {} };
  logger.warn = (message) => keep('WARN', message);
  logger.error = (message) => keep('ERROR', message);
  const { code } = await bundleWorkflowCode({ ...sources, logger }).catch((error) => {
    throw new Stop(`workflow code can't be bundled: ${error.message}\n${messages.join('\n')}`, 'npm run build');
  });
  const packages = new Set([...code.matchAll(/node_modules\/((?:@[\w.-]+\/)?[\w.-]+)/g)].map((match) => match[1]));
  if (packages.has('zod')) {
    throw new Stop('the workflow bundle contains zod', 'import types only from .schema.ts files: import type { … }');
  }
  if (code.length > largest) {
    throw new Stop(
      `the workflow bundle has ${code.length} bytes, more than ${largest}; it holds ${[...packages].join(', ')}`,
      'import less into src/workflows, or raise the limit in scripts/lib/bundle.mjs with a reason',
    );
  }
  // A worker that loads the bundle this instant gets the old one or the new one, whole.
  await writeFile(`${target}.new`, code);
  await rename(`${target}.new`, target);
}
