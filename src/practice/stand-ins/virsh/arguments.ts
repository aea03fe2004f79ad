import { Failure } from '../stand-in.ts';

/**
 * What a sub-command takes, in libvirt's terms: data that may also be given by position, in this order (a trailing
 * "?" makes it optional), options that need their name and a value, and flags.
 */
export interface Shape {
  readonly data?: readonly string[];
  readonly options?: readonly string[];
  readonly flags?: readonly string[];
}

export interface Arguments {
  /** The value of required data; the parser saw to it that it is there. */
  need(name: string): string;
  get(name: string): string | undefined;
  has(flag: string): boolean;
}

/** Parses as virsh 9 does, with its messages. `argv` is what follows the sub-command. */
export function parseArguments(command: string, argv: readonly string[], shape: Shape): Arguments {
  const data = (shape.data ?? []).map((name) => ({ name: name.replace('?', ''), required: !name.endsWith('?') }));
  const valued = new Set([...data.map(({ name }) => name), ...(shape.options ?? [])]);
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const rest = [...argv];
  let onlyData = false;
  while (rest.length > 0) {
    const word = rest.shift() as string;
    const option = /^--([^=]+)(?:=(.*))?$/s.exec(word);
    if (word === '--' && !onlyData) {
      onlyData = true;
    } else if (option !== null && !onlyData) {
      const name = option[1] as string;
      if (shape.flags?.includes(name) === true) {
        flags.add(name);
        continue;
      }
      if (!valued.has(name)) throw new Failure(`error: command '${command}' doesn't support option --${name}`);
      const value = option[2] ?? rest.shift();
      if (value === undefined) throw new Failure(`error: expected syntax: --${name} <string>`);
      values.set(name, value);
    } else {
      const next = data.find(({ name }) => !values.has(name));
      if (next === undefined) throw new Failure(`error: unexpected data '${word}'`);
      values.set(next.name, word);
    }
  }
  const missing = data.find(({ name, required }) => required && !values.has(name));
  if (missing !== undefined) throw new Failure(`error: command '${command}' requires <${missing.name}> option`);
  return {
    need: (name) => values.get(name) as string,
    get: (name) => values.get(name),
    has: (flag) => flags.has(flag),
  };
}
