import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import type { Problem } from './problems.ts';

/** A YAML text with the place of each of its values. */
export interface YamlFile {
  readonly value: unknown;
  /** What is wrong with it as YAML; then `value` is undefined. */
  readonly problems: readonly Problem[];
  /** Where the value at a path stands, or its key; where its nearest parent stands, if it is missing. */
  place(path: readonly PropertyKey[], of: 'key' | 'value'): { line: number; column: number };
}

const words: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is there twice: keep one of the two',
  TAB_AS_INDENT: 'a tab indents this line: YAML wants spaces',
  MULTIPLE_DOCS: 'a second document begins here (---): a config file has one',
};

export function parseYaml(text: string): YamlFile {
  const lines = new LineCounter();
  // prettyErrors would quote the line, which might hold what must not be shown.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    ...at(error.pos[0]),
    path: [],
    message: words[error.code] ?? `this is not valid YAML: ${error.message}`,
  }));
  const problemAt = (node: unknown, message: string) =>
    void problems.push({ ...at(startOf(node) ?? 0), path: [], message });
  visit(document, {
    Alias: (_, node) => {
      if (node.resolve(document) === undefined) problemAt(node, `nothing above is named &${node.source}`);
    },
    Pair: (_, { key }) => {
      // JavaScript would drop it in silence.
      if (keyText(key) === '__proto__') problemAt(key, 'there is no such key');
    },
  });
  let value: unknown;
  try {
    if (problems.length === 0) value = document.toJS() ?? {};
  } catch (error) {
    problems.push({ line: 1, column: 1, path: [], message: `this can't be read as YAML: ${(error as Error).message}` });
  }
  return { value, problems, place: (path, of) => at(offsetOf(document, path, of)) };
}

function offsetOf(document: Document, path: readonly PropertyKey[], of: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const pair: Pair | undefined = isMap(node)
      ? node.items.find(({ key }) => keyText(key) === String(step))
      : undefined;
    const next: unknown = isSeq(node) ? node.items[Number(step)] : pair?.value;
    if (next === undefined && pair === undefined) return offset;
    const last = index === path.length - 1;
    const key = startOf(pair?.key);
    offset = (last && of === 'key' ? key : undefined) ?? (isEmpty(next) ? key : startOf(next)) ?? offset;
    node = next;
  }
  return offset;
}

const keyText = (key: unknown): string => String(isScalar(key) ? key.value : key);
const startOf = (node: unknown): number | undefined => (isNode(node) ? (node as Node).range?.[0] : undefined);

/** A null that nothing stands for ("user:"): its key is the place to show. */
const isEmpty = (node: unknown): boolean => node === null || (isScalar(node) && node.value === null && !node.source);
