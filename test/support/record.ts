import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { historyText } from '../../scripts/lib/histories.mjs';

/** Of one history: larger ones show no other decisions. */
const largest = 200_000;

/**
 * For `npm run record -- --all`: of what ran in a namespace, keeps for each workflow and ending the history with the most
 * events as NAME.json, unless a longer one is there.
 */
export async function recordHistories(client: Client, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for await (const { type, status, workflowId, runId } of client.workflow.list()) {
    // Somebody's terminate shows nothing of a workflow; a lock ends by no other way.
    if (status.name === 'RUNNING' || (status.name === 'TERMINATED' && type !== 'lock')) continue;
    const found: unknown = JSON.parse(historyToJSON(await client.workflow.getHandle(workflowId, runId).fetchHistory()));
    const text = historyText(found);
    const file = join(directory, `${kebab(type)}-${status.name.toLowerCase()}.json`);
    const there = await readFile(file, 'utf8').catch(() => '');
    if (text.length <= largest && eventsOf(text) > eventsOf(there)) await writeFile(file, text);
  }
}

const eventsOf = (text: string): number =>
  text === '' ? 0 : (JSON.parse(text) as { events: unknown[] }).events.length;

const kebab = (type: string): string => type.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
