/** Slow work on many things, a few at a time. */

/**
 * Calls `work` for each item, begun in their order and at most `limit` at a time. After `interruption` nothing more is begun;
 * the promise settles when what had begun is over. Rejects with the first failure.
 */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
  interruption?: AbortSignal,
): Promise<void> {
  // One iterator for all: whoever is free takes the next.
  const rest = items.values();
  const lane = async (): Promise<void> => {
    for (const item of rest) {
      if (interruption?.aborted === true) return;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
}
