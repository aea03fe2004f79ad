import { z } from 'zod';
import { nearest } from '../domain/nearest.ts';
import type { YamlFile } from './yaml-file.ts';

/** One thing that is wrong with a config file, for a person. Lines and columns count from 1. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** Every issue of a schema as a problem with its place, in the order of the file. */
export function problemsOf(issues: readonly Issue[], file: YamlFile, schema: z.ZodType): Problem[] {
  const shape = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape;
  const flat = issues.flatMap((issue) => flatten(issue, []));
  const misspelt = new Set<string>();
  const problems = flat.flatMap((issue): Problem[] => {
    const { path } = issue;
    if (issue.code !== 'unrecognized_keys') return [];
    const known = keysAt(shape, path);
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      for (const name of meant) misspelt.add(pathText([...path, name]));
      const hint = meant.length > 0 ? `did you mean ${meant.join(' or ')}?` : `there are ${known.join(', ')}`;
      return {
        ...file.place([...path, key], 'key'),
        path: [...path, key],
        message: `there is no such key here; ${hint}`,
      };
    });
  });
  for (const issue of flat) {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys') continue;
    const missing = issue.input === undefined;
    if (missing && misspelt.has(pathText(path))) continue;
    const of = issue.code === 'invalid_key' ? 'key' : 'value';
    problems.push({ ...file.place(path, of), path, message: messageOf(issue) });
  }
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** "hosts.kvm1.port", "notifications[0].on". */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

function messageOf(issue: Issue): string {
  if (issue.code === 'custom' && issue.params?.['sentence'] === true) return issue.message;
  const expected = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  if (issue.code === 'invalid_key')
    return `the name ${JSON.stringify(issue.path.at(-1))} won't do, expected ${expected}`;
  if (issue.input === undefined) return `is missing, expected ${expected}`;
  const choices = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const meant = typeof issue.input === 'string' ? nearest(issue.input, choices) : [];
  const hint = meant.length > 0 ? `; did you mean ${meant.join(' or ')}?` : '';
  return `found ${shown(issue.input, issue.path)}, expected ${expected}${hint}`;
}

const mayHoldSecret = new Set<PropertyKey>(['webhook', 'options', 'source', 'password', 'url']);

/** A value as it may be shown: one that may be a secret only by its kind. */
function shown(value: unknown, path: readonly PropertyKey[]): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'keys and values';
  if (path.some((step) => mayHoldSecret.has(step))) return `this ${typeof value}`;
  const printed = JSON.stringify(value);
  return printed.length > 60 ? `${printed.slice(0, 57)}…` : printed;
}

/** A union's issue becomes those of the branch that was meant: the one whose kind of value was found. */
function flatten(issue: Issue, above: readonly PropertyKey[]): Issue[] {
  const path = [...above, ...issue.path];
  const here = { ...issue, path } as Issue;
  if (issue.code !== 'invalid_union') return [here];
  const meant = issue.errors.filter(
    (branch) => !branch.some((each) => each.code === 'invalid_type' && each.path.length === 0),
  );
  // Of several branches of the same kind ({ env } or { file }) the one whose keys were used.
  const [closest, another] =
    meant.length > 1 ? meant.filter((branch) => branch.every((each) => each.code !== 'unrecognized_keys')) : meant;
  return closest === undefined || another !== undefined ? [here] : closest.flatMap((each) => flatten(each, path));
}

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
}

/** The keys that the schema knows at a path. */
function keysAt(shape: Shape, path: readonly PropertyKey[]): string[] {
  const inBranches = (shape.anyOf ?? []).flatMap((branch) => keysAt(branch, path));
  const [step, ...rest] = path;
  if (step === undefined) return [...Object.keys(shape.properties ?? {}), ...inBranches];
  const next =
    shape.properties?.[String(step)] ?? (typeof step === 'number' ? shape.items : shape.additionalProperties);
  return [...(typeof next === 'object' ? keysAt(next, rest) : []), ...inBranches];
}
