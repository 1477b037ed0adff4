/** Adding many items to a list: `push(...items)` hands each one over as an argument, and the stack holds only so many. */
export function appendAll<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}
