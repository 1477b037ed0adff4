import assert from "node:assert/strict";
import { inParallel } from "./parallel.ts";

/** Work that ends when the test says so, and what was begun so far. */
function heldWork() {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = (item: number): Promise<void> => {
    begun.push(item);
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.push(resolve);
    return promise;
  };
  /** Ends the oldest work that is under way, and lets what follows from it happen. */
  const end = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { begun, work, end };
}

Deno.test("inParallel() begins in order, as many as the limit allows, and the next when one is over", async () => {
  const { begun, work, end } = heldWork();
  const done = inParallel([1, 2, 3, 4], 2, work);
  assert.deepEqual(begun, [1, 2]);
  await end();
  assert.deepEqual(begun, [1, 2, 3]);
  await end();
  assert.deepEqual(begun, [1, 2, 3, 4]);
  await end();
  await end();
  await done;
});

Deno.test("inParallel() begins nothing more after an interruption", async () => {
  const { begun, work, end } = heldWork();
  const interruption = new AbortController();
  const done = inParallel([1, 2, 3, 4], 2, work, interruption.signal);
  interruption.abort();
  await end();
  await end();
  await done;
  assert.deepEqual(begun, [1, 2]);
});

Deno.test("inParallel() rejects with the first failure", async () => {
  const failure = new Error("no");
  await assert.rejects(
    inParallel([1, 2, 3], 2, (item) => item === 2 ? Promise.reject(failure) : Promise.resolve()),
    failure,
  );
});
