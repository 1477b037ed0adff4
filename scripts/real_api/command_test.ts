import assert from "node:assert/strict";
import { exitCodeOf } from "./command.ts";

function fail(): never {
  throw new Error("no");
}

Deno.test("exitCodeOf() distinguishes proofs that hold, that do not, that fail, and arguments that cannot be read", async () => {
  const read = () => 1;
  const codes = [
    await exitCodeOf("name", "usage", read, () => Promise.resolve(true)),
    await exitCodeOf("name", "usage", read, () => Promise.resolve(false)),
    await exitCodeOf("name", "usage", read, fail),
    await exitCodeOf("name", "usage", fail, () => Promise.resolve(true)),
  ];
  assert.deepEqual(codes, [0, 1, 1, 64]);
});
