/** Every page of an answer that comes in several: `next` of one says where the one after it begins. */
export async function* pages<P extends { readonly next?: number }>(
  ask: (from: number) => Promise<P>,
): AsyncGenerator<P> {
  let from: number | undefined = 0;
  while (from !== undefined) {
    const page: P = await ask(from);
    yield page;
    from = page.next;
  }
}
