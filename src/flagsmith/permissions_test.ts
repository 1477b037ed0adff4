import assert from "node:assert/strict";
import { PERMISSION_KEYS, permissionLevel } from "./permissions.ts";

Deno.test("permissionLevel() finds every key at its own level only", () => {
  const found = Object.values(PERMISSION_KEYS).flat().map((key) => permissionLevel(key));
  const expected = Object.entries(PERMISSION_KEYS).flatMap(([level, keys]) => keys.map(() => level));
  assert.deepEqual([found, found.length], [expected, 19]);
});

Deno.test("permissionLevel() is undefined when the release has no such key", () => {
  assert.deepEqual(["EDIT_FEATURE", "ADMIN", "view_project"].map(permissionLevel), [
    undefined,
    undefined,
    undefined,
  ]);
});
