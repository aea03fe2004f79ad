import { postgresqlRecords } from '../../../../dist/systems/records/index.js';

/** Opens what test/lab/topology/records.test.ts writes to, in a process of its own: { url, password } as JSON. */
export function openRecords(argument) {
  const { url, password } = JSON.parse(argument);
  return postgresqlRecords({ url, password: () => password, tls: 'none' });
}
