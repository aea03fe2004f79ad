/** How many a page may hold at most: Nova ends at 1,000 (`[api] max_limit`) whatever is asked for. */
const perPage = 1000;

/**
 * Every item of a list that is paged by marker. A page that is not full is not the last: a cloud may have a lower
 * limit than asked for; the last one is empty, or says that no other follows.
 */
export async function allPages<T extends { readonly id: string }>(
  page: (query: { limit: number; marker: string | undefined }) => Promise<{ items: readonly T[]; more: boolean }>,
): Promise<T[]> {
  const all = new Map<string, T>();
  let marker: string | undefined;
  for (;;) {
    const { items, more } = await page({ limit: perPage, marker });
    const before = all.size;
    for (const item of items) all.set(item.id, item);
    // A page that brings nothing new would be asked for without end.
    if (!more || all.size === before) return [...all.values()];
    marker = items.at(-1)?.id;
  }
}
