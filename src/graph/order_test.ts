import assert from "node:assert/strict";
import fc from "fast-check";
import { topologicalOrder } from "./order.ts";

const order = (needs: Readonly<Record<string, readonly string[]>>, items = Object.keys(needs)) =>
  topologicalOrder(items, (item) => ({ rank: item, needs: needs[item] ?? [] }));

Deno.test("topologicalOrder() sorts by rank and moves what is needed to the front", () => {
  assert.deepEqual(order({ a: ["c"], b: [], c: [] }), { kind: "order", items: ["c", "a", "b"] });
});

Deno.test("topologicalOrder() ignores needs outside of its items", () => {
  assert.deepEqual(order({ a: ["elsewhere"] }), { kind: "order", items: ["a"] });
});

Deno.test("topologicalOrder() prints the cycle, first element repeated", () => {
  assert.deepEqual(order({ a: ["b"], b: ["c"], c: ["b"] }), { kind: "cycle", path: ["b", "c", "b"] });
  assert.deepEqual(order({ a: ["a"] }), { kind: "cycle", path: ["a", "a"] });
});

Deno.test("topologicalOrder() survives a chain of 50,000", () => {
  const needs = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`n${i}`, [`n${i + 1}`]]));
  assert.equal(order(needs).kind, "order");
});

Deno.test("topologicalOrder() depends on ranks and needs, never on the order given", () => {
  const graphs = fc.array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(graphs, fc.infiniteStream(fc.nat()), (edges, keys) => {
      const needs = Object.fromEntries(
        edges.map((list, i) => [`n${i}`, list.filter((j) => j > i).map((j) => `n${j}`)]),
      );
      const names = Object.keys(needs);
      const shuffled = names.map((name) => [keys.next().value, name] as const).sort((a, b) => a[0] - b[0])
        .map(([, name]) => name);
      const result = order(needs, shuffled);
      assert.deepEqual(result, order(needs));
      assert.ok(result.kind === "order");
      const at = new Map(result.items.map((item, i) => [item, i]));
      for (const name of names) {
        for (const need of needs[name] ?? []) assert.ok((at.get(need) ?? 0) < (at.get(name) ?? 0));
      }
    }),
    { seed: 11, numRuns: 300 },
  );
});
