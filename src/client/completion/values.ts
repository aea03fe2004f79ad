import type { Argument, Option } from 'commander';

/** Where names stand that a completion may offer: sections of the config. Of clouds also clouds.yaml. */
export type Section = 'hosts' | 'repositories' | 'clouds';

/** What may stand as the value of an option or an argument. */
export type Value =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'names'; readonly section: Section }
  | { readonly kind: 'files' }
  | { readonly kind: 'anything' };

const sections = new WeakMap<Option | Argument, Section>();

/** Says of an option or an argument that it takes a name of the config: `<host>` alone may be a compute host. */
export function namesOf<T extends Option | Argument>(section: Section, taker: T): T {
  sections.set(taker, section);
  return taker;
}

/** A file of this machine is called so in every command; <directory> is one of a host or of a worker. */
const files = /[<[](file|path)[\]>]/;

export function optionValue(option: Option): Value | undefined {
  return option.isBoolean() || option.negate ? undefined : value(option, option.flags);
}

export const argumentValue = (argument: Argument): Value => value(argument, `<${argument.name()}>`);

function value(taker: Option | Argument, words: string): Value {
  const section = sections.get(taker);
  if (taker.argChoices !== undefined) return { kind: 'choices', choices: taker.argChoices };
  if (section !== undefined) return { kind: 'names', section };
  return { kind: files.test(words) ? 'files' : 'anything' };
}
