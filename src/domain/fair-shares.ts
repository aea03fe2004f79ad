/**
 * Divides `total` among those who want some: nobody gets more than he wants, and who gets less than he wants gets at
 * least as much as anybody. What can't be divided goes to those who come first.
 */
export function fairShares(total: number, wants: readonly number[]): number[] {
  const shares = wants.map(() => 0);
  let left = total;
  for (let open = wants.map((_, index) => index); ;) {
    open = open.filter((index) => (shares[index] ?? 0) < (wants[index] ?? 0));
    if (open.length === 0 || left <= 0) return shares;
    for (const index of open.slice(0, left)) {
      shares[index] = (shares[index] ?? 0) + 1;
      left -= 1;
    }
  }
}
