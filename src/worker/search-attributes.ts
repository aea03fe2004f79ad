import type { NativeConnection } from '@temporalio/worker';
import proto from '@temporalio/proto';
import { searchAttributes } from '../contracts/search-attributes.ts';

/**
 * A workflow that sets an unknown search attribute stands still until somebody registers it; so a worker looks
 * first, registers what is missing where it may (a dev server, SQL visibility), and else says the line to type.
 */
export async function ensureSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributes).filter(([name]) => !(name in (customAttributes ?? {})));
  if (missing.length === 0) return;
  const types = proto.temporal.api.enums.v1.IndexedValueType;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, types[`INDEXED_VALUE_TYPE_${type}`]])),
    });
  } catch (error) {
    const lines = missing.map(
      ([name, type]) =>
        `  temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type[0] ?? ''}${type.slice(1).toLowerCase()}`,
    );
    throw new Error(
      `the namespace ${namespace} lacks search attributes, and this worker may not add them; run:\n${lines.join('\n')}`,
      { cause: error },
    );
  }
}
