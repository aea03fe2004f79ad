import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { searchAttributes } from '../../contracts/search-attributes.ts';

const day = 86_400_000;

const indexed = proto.temporal.api.enums.v1.IndexedValueType;

/** "KEYWORD" → "Keyword", as the CLI's --search-attribute has it. */
export const typeName = (type: string): string => type.charAt(0) + type.slice(1).toLowerCase();

/**
 * Registers what is missing of the search attributes of operations, and waits until the server knows them. For
 * servers that let everybody do that, as a dev server does.
 */
export async function registerSearchAttributes(connection: Connection, namespace = 'default'): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(
      missing.map((name) => [name, indexed[`INDEXED_VALUE_TYPE_${searchAttributes[name]}`]]),
    ),
  });
  // The server's own caches follow within seconds; a workflow started before that would be refused.
  for (let tries = 0; (await missingSearchAttributes(connection, namespace)).length > 0 && tries < 50; tries += 1) {
    await pause(200);
  }
}

/** The names of contracts/search-attributes.ts that the namespace does not have. */
export async function missingSearchAttributes(
  connection: Connection,
  namespace = 'default',
): Promise<(keyof typeof searchAttributes)[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const names = Object.keys(searchAttributes) as (keyof typeof searchAttributes)[];
  return names.filter((name) => customAttributes?.[name] === undefined);
}

/** Days for which closed workflows are kept; undefined where the server doesn't say. */
export async function namespaceRetention(connection: Connection, namespace = 'default'): Promise<number | undefined> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const kept = config?.workflowExecutionRetentionTtl;
  return kept ? tsToMs(kept) / day : undefined;
}

/** A dev server keeps closed workflows for one day unless told otherwise. */
export async function keepClosedWorkflows(connection: Connection, days: number, namespace = 'default'): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(days * day) },
  });
}
