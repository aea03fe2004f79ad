/** Fields and kinds of values: {"servers":[{"id":"string",…}]}. Of a list the first item counts, an empty one is []. */
export function shapeOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}
