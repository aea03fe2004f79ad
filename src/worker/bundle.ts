import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

/**
 * The bundle that the build made, so that a worker starts without webpack. With `encodesFailures` messages and stack
 * traces that workflows fail with become payloads (payloads/workflow-failures.ts).
 */
export function workflowBundle(encodesFailures: boolean): Pick<WorkerOptions, 'workflowBundle'> {
  const codePath = fileURLToPath(new URL('../workflows.bundle.js', import.meta.url));
  if (!existsSync(codePath)) throw new Error('dist/workflows.bundle.js is missing: run npm run build');
  if (!encodesFailures) return { workflowBundle: { codePath } };
  // On the bundle's first line: its source map counts lines.
  return { workflowBundle: { code: `globalThis.stackhandEncodesFailures = true; ${readFileSync(codePath, 'utf8')}` } };
}
