import assert from "node:assert/strict";
import { readArguments } from "./arguments.ts";

Deno.test("the bench measures everything five times when no argument says otherwise", () => {
  assert.deepEqual(readArguments([], ["a"]), { cases: [], runs: 5 });
});

Deno.test("the bench measures the cases that are named, as often and where the arguments say", () => {
  assert.deepEqual(
    readArguments(["--case", "a", "--runs", "3", "--database-url", "postgres://x/y", "--case", "b"], [
      "a",
      "b",
    ]),
    { cases: ["a", "b"], runs: 3, databaseUrl: "postgres://x/y" },
  );
});

Deno.test("the bench refuses arguments that mean nothing, naming the first", () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [["--fast"], 'Unknown argument "--fast"'],
    [["--case"], '"--case" needs a value'],
    [["--case", "c"], 'Unknown case "c"; the cases are a, b'],
    [["--runs", "0"], '"--runs" needs a number of at least 1'],
    [["--runs", "many"], '"--runs" needs a number of at least 1'],
  ];
  for (const [args, message] of wrong) assert.throws(() => readArguments(args, ["a", "b"]), { message });
});
