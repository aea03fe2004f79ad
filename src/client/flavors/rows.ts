import type { FlavorSpec } from '../../contracts/flavor.ts';
import { flavorFields, propertyProblem, requiredFields } from './fields.ts';
import type { FlavorField } from './fields.ts';

/** One flavor of a file, as it is written there. */
export interface Row {
  /** Counted from 1. */
  readonly line: number;
  readonly fields: Readonly<Partial<Record<string, string>>>;
  readonly projects?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
  /** What is wrong with the row before its fields are looked at. */
  readonly problem?: string;
}

export interface Problem {
  readonly line: number;
  readonly message: string;
}

/** Every row held against what Nova takes; all that is wrong, not only the first. */
export function flavorsOf(rows: readonly Row[]): { flavors: FlavorSpec[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const flavors: FlavorSpec[] = [];
  const seen = { name: new Map<string, number>(), id: new Map<string, number>() };
  for (const row of rows) {
    const wrong = row.problem === undefined ? problemsOf(row) : [row.problem];
    for (const key of ['name', 'id'] as const) {
      const value = row.fields[key];
      if (value === undefined) continue;
      const before = seen[key].get(value);
      if (before === undefined) seen[key].set(value, row.line);
      else wrong.push(`${key} ${value}: it stands in line ${String(before)} already`);
    }
    problems.push(...wrong.map((message) => ({ line: row.line, message })));
    if (wrong.length === 0) flavors.push(flavorOf(row));
  }
  return { flavors, problems };
}

function problemsOf({ fields, projects, properties = {} }: Row): string[] {
  const wrong: string[] = [];
  for (const field of requiredFields) if (fields[field] === undefined) wrong.push(`${field} is missing`);
  for (const [key, text] of Object.entries(fields)) {
    if (text === undefined) continue;
    if (!isField(key)) wrong.push(`${key}: a flavor has no such field; it has ${known}`);
    else if (flavorFields[key].parse(text) === undefined)
      wrong.push(`${key} ${text === '' ? 'is empty' : text}: expected ${flavorFields[key].expected}`);
  }
  for (const [key, value] of Object.entries(properties)) {
    const problem = propertyProblem(key, value);
    if (problem !== undefined) wrong.push(problem);
  }
  const isPublic = fields['public'] === undefined ? undefined : flavorFields.public.parse(fields['public']);
  if (projects !== undefined && projects.length > 0 && isPublic === true)
    wrong.push('projects: every project may use one that is public');
  return wrong;
}

const isField = (key: string): key is FlavorField => Object.hasOwn(flavorFields, key);
const known = [...Object.keys(flavorFields), 'projects', 'properties'].join(', ');

function flavorOf({ fields, projects, properties }: Row): FlavorSpec {
  const values = Object.fromEntries(
    Object.entries(fields).map(([key, text]) => [key, isField(key) ? flavorFields[key].parse(text ?? '') : undefined]),
  ) as unknown as FlavorSpec;
  // An empty cell says nothing; an empty list of one that is not public says that nobody may use it.
  const unsaid = projects === undefined || (projects.length === 0 && values.public !== false);
  return {
    ...values,
    ...(unsaid ? {} : { projects, public: false }),
    ...(properties === undefined ? {} : { properties }),
  };
}
