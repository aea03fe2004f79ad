import { LineCounter, isMap, isSeq, parseDocument } from 'yaml';
import type { Row } from './rows.ts';

/** A list of flavors, or `flavors:` with one. JSON is YAML too. */
export function rowsOfYaml(text: string): Row[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  const wrong = (message: string, at = 0): Row[] => [
    { line: Math.max(1, lines.linePos(at).line), fields: {}, problem: message },
  ];
  if (error !== undefined) return wrong(error.message.split('\n')[0] ?? '', error.pos[0]);
  const list = isMap(document.contents) ? document.contents.get('flavors') : document.contents;
  if (!isSeq(list)) return wrong('expected a list of flavors');
  return list.items.map((item): Row => {
    const at = (item as { range?: readonly number[] | null }).range?.[0] ?? 0;
    const { line } = lines.linePos(at);
    if (!isMap(item)) return { line, fields: {}, problem: 'expected a flavor with name, vcpus, ram and disk' };
    const { properties, projects, ...fields } = item.toJS(document) as Record<string, unknown>;
    const problem =
      properties !== undefined && !isPlain(properties)
        ? 'properties: expected keys with a value each'
        : projects !== undefined && !(Array.isArray(projects) && projects.every((one) => typeof one === 'string'))
          ? 'projects: expected a list of names or ids'
          : Object.entries(fields).find(([, value]) => typeof value === 'object' && value !== null)?.[0];
    return {
      line,
      fields: Object.fromEntries(
        Object.entries(fields)
          .filter(([, value]) => value !== null)
          .map(([key, value]) => [key, String(value as string | number | boolean)]),
      ),
      ...(projects === undefined ? {} : { projects: projects as string[] }),
      ...(properties === undefined ? {} : { properties: textual(properties) }),
      ...(problem === undefined ? {} : { problem: problem.includes(':') ? problem : `${problem}: expected one value` }),
    };
  });
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((each) => each !== null && typeof each !== 'object');

const textual = (properties: unknown): Record<string, string> =>
  isPlain(properties)
    ? Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, String(value as string)]))
    : {};
