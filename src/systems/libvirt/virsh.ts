import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Fault } from '../../contracts/faults.ts';
import type { Host, RunOptions, RunResult } from '../host/host.ts';

/**
 * The one way to libvirt: `virsh -c qemu:///system` on the host (a plain user's default would be qemu:///session, an
 * empty list). Domains are addressed by UUID, never by name. Where one question needs several commands, a script
 * beside this file asks them in one round trip.
 */
export async function virsh(host: Host, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return checked(host, await host.run(['virsh', '-c', 'qemu:///system', ...args], options));
}

/** Runs a script of this directory: arguments are its `$1`, `$2`, …; nothing is spliced into its text. */
export async function runScript(
  host: Host,
  name: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const script = await scriptText(name);
  // --norc: with a socket for stdin, as sshd gives one, bash would read the user's .bashrc and print what that prints.
  return checked(host, await host.run(['bash', '--norc', '-c', script, 'stackhand', ...args], options));
}

/** The output of a script that only looks; every exit code but 0 is a failure. */
export async function askScript(host: Host, name: string, args: readonly string[]): Promise<string> {
  const result = await runScript(host, name, args, { maxOutput: 64 * 1024 * 1024 });
  if (result.exitCode !== 0) throw commandFailed(host, 'the VMs and their files could not be looked at', result);
  return result.stdout;
}

/** A word for a script to put before each part of its output; random, so that nothing it prints contains it. */
export function newMark(): string {
  return `@${randomUUID()}:`;
}

export interface Part {
  readonly name: string;
  readonly text: string;
}

/**
 * Splits `<mark><name>:<text>…`. What stands before the first mark is the part "".
 *
 * @throws Fault CommandFailed when the last part is not "end": the output was cut off
 */
export function splitParts(host: Host, output: string, mark: string): Part[] {
  const [first = '', ...rest] = output.split(mark);
  const parts = rest.map((part) => {
    const colon = part.indexOf(':');
    return { name: part.slice(0, colon), text: part.slice(colon + 1).replace(/^\n/, '') };
  });
  if (parts.pop()?.name !== 'end')
    throw new Fault('CommandFailed', `What libvirt on ${host.name} said ends in the middle.`, { where: host.name });
  return [{ name: '', text: first }, ...parts];
}

/** virsh's own words, in one line: what follows "error: ", the summary first. */
export function virshMessage({ stderr, exitCode }: RunResult): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const errors = errorLines(stderr);
  const words = errors.length > 0 ? errors : lines;
  return words.length === 0 ? `exit code ${exitCode}` : words.join(': ').slice(-1000);
}

/** Other lines are not virsh's: a banner, a shell's complaint about its locale. */
function errorLines(stderr: string): string[] {
  return [...stderr.matchAll(/^error: (.*)$/gm)].map((match) => match[1]!.trim());
}

export function commandFailed(host: Host, what: string, result: RunResult): Fault {
  return new Fault('CommandFailed', `On ${host.name} ${what}: ${virshMessage(result)}`, {
    where: host.name,
    output: result.stderr.slice(-2000),
  });
}

/** True where virsh says that there is no such domain, and nothing else (a lost connection also fails to get it). */
export function isUnknownDomain({ stderr }: RunResult): boolean {
  const lines = errorLines(stderr);
  return lines.length > 0 && lines.every((line) => /^(Domain not found|failed to get domain)/.test(line));
}

export function unknownDomain(host: Host, uuid: string): Fault {
  return new Fault('UnknownVm', `libvirt on ${host.name} has no VM with the UUID ${uuid} any more.`, {
    where: host.name,
  });
}

function checked(host: Host, result: RunResult): RunResult {
  if (result.exitCode === 127)
    throw new Fault('ToolMissing', `virsh is not installed on ${host.name}, or not in the PATH of its user.`, {
      where: host.name,
      remedy: 'install libvirt-clients (Debian, Ubuntu) or libvirt-client (Red Hat) on the host',
    });
  // Also where the exit code is 0: of several commands in one connection only the last one's counts.
  if (lostConnection.test(result.stderr))
    throw new Fault('CommandFailed', `libvirt on ${host.name} does not answer: ${virshMessage(result)}`, {
      where: host.name,
      remedy: 'check that libvirtd (or virtqemud) runs, and that the user may use qemu:///system',
      output: result.stderr.slice(-2000),
    });
  return result;
}

const lostConnection = /failed to connect to the hypervisor|^error: (Disconnected from |Cannot (recv|write) data)/m;

const texts = new Map<string, Promise<string>>();

function scriptText(name: string): Promise<string> {
  const known = texts.get(name);
  if (known !== undefined) return known;
  const text = readFile(new URL(`scripts/${name}`, import.meta.url), 'utf8');
  texts.set(name, text);
  return text;
}
