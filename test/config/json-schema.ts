/** As much of JSON Schema as the config's uses. */
export interface Shape {
  readonly description?: string;
  readonly properties?: Record<string, Shape>;
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly anyOf?: Shape[];
  readonly enum?: unknown[];
}

/** Every key at every depth with what is said of it. */
export function described(shape: Shape): (readonly [key: string, description: string | undefined])[] {
  const inner = [shape.additionalProperties, shape.items, ...(shape.anyOf ?? [])];
  return [
    ...Object.entries(shape.properties ?? {}).flatMap(([key, value]) => [
      [key, value.description] as const,
      ...described(value),
    ]),
    ...inner.flatMap((each) => (typeof each === 'object' ? described(each) : [])),
  ];
}

export const keysOf = (shape: Shape): string[] => [...new Set(described(shape).map(([key]) => key))];
