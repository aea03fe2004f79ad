import type { TemporalTarget } from './connect.ts';
import { devState } from './temporal/dev.ts';

/**
 * Where a person sees the workflow. Known for our own dev server; for others where STACKHAND_WEB_UI names it, since a
 * Temporal server doesn't tell where its Web UI is.
 */
export async function webUiOf(
  { address, namespace }: TemporalTarget,
  workflowId?: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const named = env['STACKHAND_WEB_UI'];
  const base = named === undefined || named === '' ? await devUi(address) : named;
  if (base === undefined) return undefined;
  const workflow = workflowId === undefined ? '' : `/${encodeURIComponent(workflowId)}`;
  return `${base.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows${workflow}`;
}

async function devUi(address: string): Promise<string | undefined> {
  const dev = await devState();
  return dev?.address === address ? dev.uiAddress : undefined;
}
