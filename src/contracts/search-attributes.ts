/**
 * The search attributes of every operation: name → Temporal type. Stored in clear, so never a secret. Values stay
 * below 200 bytes, since PostgreSQL refuses a Keyword above 255 where SQLite doesn't.
 * `stackhand dev` registers them; for other servers docs/deploy.md lists the commands.
 */
export const searchAttributes = {
  StackhandOperation: 'KEYWORD',
  StackhandState: 'KEYWORD',
  StackhandHost: 'KEYWORD',
  StackhandVm: 'KEYWORD',
  StackhandCloud: 'KEYWORD',
  StackhandStartedBy: 'KEYWORD',
} as const;

export type SearchAttributeName = keyof typeof searchAttributes;

/** Cut to what every visibility store accepts (bytes of UTF-8). */
export function keyword(value: string, limit = 200): string {
  let end = value.length;
  while (bytes(value.slice(0, end)) > limit) end -= 1;
  return value.slice(0, end);
}

// TextEncoder is in workflow isolates too; Buffer is not.
const bytes = (text: string): number => new TextEncoder().encode(text).length;
