import { readFileSync } from 'node:fs';
import { Fault, isFaultType } from '../../contracts/faults.ts';
import { formats } from '../../contracts/format.ts';
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
    if (name === 'format') text = `${knownFormats()}\n${text}`;
    texts.set(name, text);
  }
  return text;
}

/** The versions of contracts/format.ts, for scripts/format.sh. */
const knownFormats = (): string =>
  `declare -A known_formats=(${Object.entries(formats)
    .map(([format, version]) => `['${format}']=${String(version)}`)
    .join(' ')})`;

/** Loads scripts/NAME.sh; `before` names scripts whose functions it uses, put in front of it. */
export function loadScript(name: string, before: readonly string[] = []): Script {
  return { name, text: [...before, name].map(read).join('\n') };
}

/**
 * Runs a script on a host as `bash --norc -c TEXT stackhand ARGS` (bash reads ~/.bashrc when its stdin is a socket, which
 * takes a quarter of a second here and there, and may print or define anything). Exit code 0 is the only success; the scripts print
 * `FAULT TYPE MESSAGE` on stderr for a failure that has a name, and anything else is a CommandFailed.
 */
export async function runScript(
  host: Host,
  script: Script,
  args: readonly string[],
  options?: RunOptions,
): Promise<RunResult> {
  const result = await host.run(['bash', '--norc', '-c', script.text, 'stackhand', ...args], options);
  if (result.exitCode !== 0) throw scriptFault(host, script, result);
  return result;
}

function scriptFault(host: Host, script: Script, result: RunResult): Fault {
  const where = host.name;
  const named = /^FAULT ([A-Za-z]+) (.*)$/m.exec(result.stderr);
  const output = result.stderr
    .replace(/^FAULT .*$/m, '')
    .trim()
    .slice(-2000);
  const details = output === '' ? { where } : { where, output };
  if (isFaultType(named?.[1])) return new Fault(named[1], named[2] ?? '', details);
  if (result.exitCode === 127 && output === '')
    return new Fault('ToolMissing', `there is no bash on ${where}`, details);
  return new Fault('CommandFailed', `${script.name} ended with code ${result.exitCode}: ${lastLine(output)}`, details);
}

function lastLine(text: string): string {
  return text.split('\n').at(-1) || 'it said nothing';
}
