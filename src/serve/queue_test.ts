import assert from "node:assert/strict";
import fc from "fast-check";
import { SharedQueue } from "./queue.ts";

Deno.test("request() shares the next turn among all who wait, and never the running one", async () => {
  const turns: PromiseWithResolvers<number>[] = [];
  const queue = new SharedQueue(() => {
    const turn = Promise.withResolvers<number>();
    turns.push(turn);
    return turn.promise;
  });
  const first = queue.request();
  const waiting = [queue.request(), queue.request(), queue.request()];
  assert.deepEqual([turns.length, queue.length], [1, 3]);
  turns[0]?.resolve(1);
  assert.equal(await first, 1);
  assert.deepEqual([turns.length, queue.length], [2, 0]);
  const late = queue.request();
  turns[1]?.resolve(2);
  assert.deepEqual(await Promise.all(waiting), [2, 2, 2]);
  turns[2]?.resolve(3);
  assert.equal(await late, 3);
  assert.equal(turns.length, 3);
});

Deno.test("request() rejects as its own turn does, and the next turn is another one", async () => {
  let turn = 0;
  const queue = new SharedQueue(async () => {
    const mine = ++turn;
    await Promise.resolve();
    if (mine === 1) throw new Error("first");
    return mine;
  });
  const results = await Promise.allSettled([queue.request(), queue.request()]);
  assert.deepEqual(results.map((r) => r.status === "fulfilled" ? r.value : r.reason.message), ["first", 2]);
  assert.equal(await queue.request(), 3);
});

Deno.test("request() gives work that began after it was called, one at a time, whatever the moments", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.tuple(fc.nat(6), fc.nat(4)), { minLength: 1, maxLength: 40 }),
    async (plan) => {
      let clock = 0;
      let running = 0;
      const queue = new SharedQueue(async () => {
        const began = ++clock;
        assert.equal(++running, 1);
        for (let wait = plan[began % plan.length]?.[1] ?? 0; wait > 0; wait--) await Promise.resolve();
        running -= 1;
        return began;
      });
      const asking: Promise<void>[] = [];
      for (const [pause] of plan) {
        for (let wait = pause; wait > 0; wait--) await Promise.resolve();
        const called = ++clock;
        asking.push(queue.request().then((began) => assert.ok(began > called)));
      }
      await Promise.all(asking);
      assert.equal(queue.length, 0);
    },
  ));
});
