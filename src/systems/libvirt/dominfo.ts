import { z } from 'zod';
import type { Domain } from '../../contracts/vm.ts';

export const domainStates = z.enum([
  'running',
  'idle',
  'paused',
  'in shutdown',
  'shut off',
  'crashed',
  'pmsuspended',
  'no state',
]);

const dominfo = z.object({
  State: domainStates,
  Persistent: z.enum(['yes', 'no']),
  Autostart: z.enum(['enable', 'disable', 'no autostart']),
  'Managed save': z.enum(['yes', 'no', 'unknown']),
});

export type Dominfo = Pick<Domain, 'state' | 'persistent' | 'autostart' | 'managedSave'>;

/** `virsh dominfo`: "Key:   value" a line. Throws a ZodError for anything unexpected. */
export function readDominfo(text: string): Dominfo {
  const lines = text.split('\n').map((line) => /^([^:]+): *(.*?) *$/.exec(line)?.slice(1) ?? []);
  const info = dominfo.parse(Object.fromEntries(lines.filter((pair) => pair.length === 2)));
  return {
    state: info.State,
    persistent: info.Persistent === 'yes',
    autostart: info.Autostart === 'enable',
    managedSave: info['Managed save'] === 'yes',
  };
}
