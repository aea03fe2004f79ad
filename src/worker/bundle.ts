import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

/** The bundle that the build made, so that a worker starts without webpack. */
export function workflowBundle(): Pick<WorkerOptions, 'workflowBundle'> {
  const codePath = fileURLToPath(new URL('../workflows.bundle.js', import.meta.url));
  if (!existsSync(codePath)) throw new Error('dist/workflows.bundle.js is missing: run npm run build');
  return { workflowBundle: { codePath } };
}
