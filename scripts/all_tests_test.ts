import assert from "node:assert/strict";
import { groupModule, groupsOf } from "./all_tests.ts";

Deno.test("every file of tests is in one group, the long ones first and few together", () => {
  const quick = Array.from({ length: 35 }, (_, at) => `src/${String(at).padStart(2, "0")}_test.ts`);
  const long = ["a", "b", "c", "d"].map((name) => `tests/database/${name}_test.ts`);
  assert.deepEqual(groupsOf([...quick, ...long]), [
    long.slice(0, 3),
    long.slice(3),
    quick.slice(0, 30),
    quick.slice(30),
  ]);
});

Deno.test("a group imports its files from wherever the checkout is", () => {
  assert.equal(
    groupModule("file:///a%20checkout/", ["src/a_test.ts", "tests/b_test.ts"]),
    'import "file:///a%20checkout/src/a_test.ts";\nimport "file:///a%20checkout/tests/b_test.ts";\n',
  );
});
