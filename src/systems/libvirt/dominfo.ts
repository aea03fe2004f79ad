import { z } from 'zod';
import { Fault } from '../../contracts/faults.ts';
import type { Domain, DomainState } from '../../contracts/vm.ts';

const domainStates = z.enum([
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

/** `virsh dominfo`: "Key:   value" a line. */
export function readDominfo(text: string): Dominfo {
  const lines = text.split('\n').map((line) => /^([^:]+): *(.*?) *$/.exec(line)?.slice(1) ?? []);
  const { success, data } = dominfo.safeParse(Object.fromEntries(lines.filter((pair) => pair.length === 2)));
  if (!success) throw new Fault('CommandFailed', `What virsh dominfo printed can't be read: ${text.slice(0, 500)}`);
  return {
    state: data.State,
    persistent: data.Persistent === 'yes',
    autostart: data.Autostart === 'enable',
    managedSave: data['Managed save'] === 'yes',
  };
}

/** `virsh domstate`: the state on a line. */
export function readState(text: string): DomainState {
  const state = text.trim().split('\n')[0]?.trim();
  const { success, data } = domainStates.safeParse(state);
  if (!success) throw new Fault('CommandFailed', `virsh domstate printed a state that isn't known: ${state}`);
  return data;
}
