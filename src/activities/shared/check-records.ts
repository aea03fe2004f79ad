import { isFault } from '../../contracts/faults.ts';
import type { Check } from '../../contracts/inspect.ts';
import type { Records } from '../../systems/records/records.ts';

/** Whether a document can be kept, read and forgotten, in one line. Nothing stays of it. */
export async function checkRecords(records: Records, operation: string): Promise<Check> {
  const name = 'records';
  try {
    const kept = { operation };
    await records.put(operation, 'check', kept);
    const found = (await records.get(operation, 'check')) as Partial<typeof kept> | undefined;
    await records.remove(operation);
    if (found?.operation === operation)
      return { name, status: 'ok', detail: `${records.place} keeps plans and reports` };
    return { name, status: 'failed', detail: `${records.place} did not give back what was put there` };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { name, status: 'failed', detail: error.message, remedy: error.remedy };
  }
}
