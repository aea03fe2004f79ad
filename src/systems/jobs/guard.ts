import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../host/host.ts';
import { hostRecordPath } from './host-record.ts';
import { stop } from './job.ts';
import { below, type HostPaths } from './paths.ts';
import { loadScript, runScript, type Script } from './script.ts';

/**
 * armed: waits; acted: its lease was over, so it has seen to it that the VM runs (or is about to), and the VM must not
 * be shut down again; absent: never armed, or disarmed before it acted.
 */
export type GuardState = 'armed' | 'acted' | 'absent';

export interface GuardSpec {
  readonly operation: string;
  readonly domain: { readonly name: string; readonly uuid: string };
  /** Whole seconds without a renewal after which the host starts the VM itself. */
  readonly after: number;
  /**
   * Whole seconds for which it goes on looking once it has acted, since a shutdown that was requested before may power
   * the guest off a while after it was seen running. Default 300.
   */
  readonly settle?: number;
}

const library = ['checks', 'call', 'format', 'processes', 'guard-state', 'guard-process'];
const guard = loadScript('guard', ['checks', 'processes', 'guard-state']);
const arm = loadScript('guard-arm', library);
const renew = loadScript('guard-renew', library);
const disarm = loadScript('guard-disarm', library);

/**
 * Arms the dead man's switch: a process on the host that starts the VM when nobody has renewed its lease for `after`
 * seconds, and then ends the operation's jobs that have not ended well. What it promises is that the VM runs: one that
 * runs when the lease is over is left running, and that counts as acted. The lease counts time since the host's boot,
 * which no clock change moves; after a reboot it counts from boot. Where systemd is the init, the guard survives a
 * reboot of the host (a unit, removed by disarming); elsewhere the next renewal starts it again.
 *
 * The operation's record has to be on the host. Idempotent: arming an armed one renews it.
 * @throws GuardActed when it has acted already; VmRefused when it was disarmed before, or the record is gone: a late
 * attempt.
 */
export async function armGuard(host: Host, paths: HostPaths, spec: GuardSpec): Promise<void> {
  const { operation, domain, after, settle = 300 } = spec;
  if (!/^[0-9a-f-]{36}$/i.test(domain.uuid)) {
    throw new Fault('InvalidInput', `${JSON.stringify(domain.uuid)} is not the UUID of a VM`);
  }
  if (![after, settle].every((seconds) => Number.isSafeInteger(seconds) && seconds >= 0)) {
    throw new Fault('InvalidInput', `the guard takes whole seconds, not ${after} and ${settle}`);
  }
  // Through stdin: with them the command line would outgrow the 32 KiB that every SSH server takes (RFC 4253, 6.1).
  const [guardText, stopText] = [Buffer.from(guard.text), Buffer.from(stop.text)];
  const lengths = [guardText.length, stopText.length].map(String);
  const args = [
    ...directories(paths, operation),
    hostRecordPath(paths, operation),
    domain.uuid,
    String(after),
    String(settle),
    ...lengths,
  ];
  const { stdout } = await runScript(host, arm, args, { input: Buffer.concat([guardText, stopText]), deadline: 240 });
  const answer = stdout.trim();
  if (answer === 'armed') return;
  if (answer === 'acted') {
    throw new Fault('GuardActed', `the guard on ${host.name} has started ${domain.name} by itself`, {
      where: host.name,
    });
  }
  throw new Fault('VmRefused', `the guard of this operation was disarmed before, so it has ended for ${domain.name}`, {
    where: host.name,
  });
}

/** Renews the lease, and starts the guard's process again should it be gone. */
export function renewGuard(host: Host, paths: HostPaths, operation: string): Promise<GuardState> {
  return ask(host, renew, directories(paths, operation));
}

export function readGuard(host: Host, paths: HostPaths, operation: string): Promise<GuardState> {
  return ask(host, renew, [...directories(paths, operation), 'read']);
}

/**
 * Ends the guard and waits until its process is gone. The answer is final: 'armed' means that it never acted and never
 * will; after 'acted' a repeated call, and readGuard, say 'acted' again. It can't be armed again. Disarm when the VM was
 * seen running: a guard that is just starting it is ended too. Once the operation's record is gone, it leaves nothing.
 */
export function disarmGuard(host: Host, paths: HostPaths, operation: string): Promise<GuardState> {
  const [directory] = directories(paths, operation);
  return ask(host, disarm, [directory, hostRecordPath(paths, operation)]);
}

async function ask(host: Host, script: Script, args: readonly string[]): Promise<GuardState> {
  const { stdout } = await runScript(host, script, args, { deadline: 240 });
  const answer = stdout.trim();
  if (answer === 'armed' || answer === 'acted' || answer === 'absent') return answer;
  throw new Fault('CommandFailed', `unexpected answer of ${script.name}: ${answer.slice(0, 200)}`, {
    where: host.name,
  });
}

function directories(paths: HostPaths, operation: string): [guard: string, jobs: string] {
  return [below(paths.state, 'guards', operation), below(paths.run, 'jobs')];
}
