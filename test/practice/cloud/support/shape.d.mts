export function shapeOf(value: unknown): unknown;
