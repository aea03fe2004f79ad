import { readFileSync } from 'node:fs';
import { Fault, isFaultType } from '../../contracts/faults.ts';
import type { Host, RunOptions, RunResult } from '../host/host.ts';

/** A bash script of ours: its file name below scripts/ without ".sh", and its text. */
export interface Script {
  readonly name: string;
  readonly text: string;
}

const texts = new Map<string, string>();

function read(name: string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`./scripts/${name}.sh`, import.meta.url), 'utf8');
    texts.set(name, text);
  }
  return text;
}

/** Loads scripts/NAME.sh; `before` names scripts whose functions it uses, put in front of it. */
export function loadScript(name: string, before: readonly string[] = []): Script {
  return { name, text: [...before, name].map(read).join('\n') };
}

/**
 * Runs a script on a host as `bash -c TEXT stackhand ARGS`. Exit code 0 is the only success; the scripts print
 * `FAULT TYPE MESSAGE` on stderr for a failure that has a name, and anything else is a CommandFailed.
 */
export async function runScript(
  host: Host,
  script: Script,
  args: readonly string[],
  options?: RunOptions,
): Promise<RunResult> {
  const result = await host.run(['bash', '-c', script.text, 'stackhand', ...args], options);
  if (result.exitCode !== 0) throw scriptFault(host, script, result);
  return result;
}

function scriptFault(host: Host, script: Script, result: RunResult): Fault {
  const output = result.stderr.trim().slice(-2000);
  const where = host.name;
  if (result.exitCode === 127 && output === '') {
    return new Fault('ToolMissing', `bash is not there on ${host.name}`, { where });
  }
  const named = /^FAULT ([A-Za-z]+) (.*)$/m.exec(result.stderr);
  return new Fault(
    isFaultType(named?.[1]) ? named[1] : 'CommandFailed',
    named?.[2] ?? `${script.name} ended with code ${result.exitCode}: ${lastLine(output)}`,
    { where, output },
  );
}

function lastLine(text: string): string {
  return text.split('\n').at(-1) || 'it said nothing';
}
