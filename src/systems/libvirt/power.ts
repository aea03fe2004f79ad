import { Fault } from '../../contracts/faults.ts';
import type { DomainState } from '../../contracts/vm.ts';
import type { Host, RunResult } from '../host/host.ts';
import { readState } from './dominfo.ts';
import { commandFailed, isUnknownDomain, runScript, unknownDomain, virsh, virshMessage } from './virsh.ts';

/** Undefined: libvirt has no such domain. */
export async function domainState(host: Host, uuid: string): Promise<DomainState | undefined> {
  // domname, whose exit code is the batch's, looks by UUID only; domstate would take an unknown UUID for a name.
  const result = await virsh(host, [`domstate ${checkedUuid(uuid)}; domname ${uuid}`]);
  if (result.exitCode === 0) return readState(result.stdout);
  if (isUnknownDomain(result)) return undefined;
  throw commandFailed(host, `the state of the VM ${uuid} could not be read`, result);
}

/** Asks the guest to shut down (an ACPI power button press): returns at once. A VM that is off already is fine. */
export async function requestShutdown(host: Host, uuid: string): Promise<void> {
  const result = await act(host, uuid, 'shutdown', ['--mode', 'acpi']);
  if (result.exitCode !== 0 && !isOff(result)) throw commandFailed(host, 'the shutdown was not accepted', result);
}

/** Cuts the power. A VM that is off already is fine. */
export async function destroyDomain(host: Host, uuid: string): Promise<void> {
  const result = await act(host, uuid, 'destroy');
  if (result.exitCode !== 0 && !isOff(result)) throw commandFailed(host, 'the VM could not be powered off', result);
}

/**
 * Starts a VM; one that runs already is fine.
 *
 * @throws Fault VmStartFailed with libvirt's message, UnknownVm
 */
export async function startDomain(host: Host, uuid: string): Promise<void> {
  const result = await act(host, uuid, 'start', [], 300);
  if (result.exitCode === 0 || /already (active|running)/.test(result.stderr)) return;
  const message = virshMessage(result).replace(/^Failed to start domain .*?: /, '');
  throw new Fault('VmStartFailed', `libvirt on ${host.name} could not start the VM: ${message}`, {
    where: host.name,
    output: result.stderr.slice(-2000),
  });
}

/** Has libvirt start a VM when its host boots. */
export async function autostartDomain(host: Host, uuid: string): Promise<void> {
  const result = await act(host, uuid, 'autostart');
  if (result.exitCode !== 0) throw commandFailed(host, 'the VM could not be marked for autostart', result);
}

/** Throws away the memory image of a managed save, so that the next start is a boot. None there is fine. */
export async function dropManagedSave(host: Host, uuid: string): Promise<void> {
  const result = await act(host, uuid, 'managedsave-remove');
  if (result.exitCode !== 0) throw commandFailed(host, 'the managed-save image could not be removed', result);
}

/** One virsh command on the domain of this UUID. */
async function act(
  host: Host,
  uuid: string,
  command: string,
  args: readonly string[] = [],
  deadline = 60,
): Promise<RunResult> {
  const result = await runScript(host, 'act.sh', [uuid, command, ...args], { deadline });
  if (result.exitCode !== 0 && isUnknownDomain(result)) throw unknownDomain(host, uuid);
  return result;
}

function isOff({ stderr }: RunResult): boolean {
  return /domain is not running/.test(stderr);
}

/** virsh reads several commands in one argument as words: only a UUID may stand there. */
function checkedUuid(uuid: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid))
    throw new Fault('InvalidInput', `"${uuid}" is no UUID of a VM.`);
  return uuid;
}
