import assert from "node:assert/strict";
import { hasToken } from "./token.ts";

Deno.test("hasToken() wants the token once, whole, under its name in any case", () => {
  const has = (...values: readonly string[]) =>
    hasToken(values.map((value) => ({ name: "x-e2e-TEST-auth-token", value })), "secret");
  assert.equal(has("secret"), true);
  for (const wrong of [[], [""], ["secre"], ["secret "], ["Secret"], ["secret", "secret"], ["x", "secret"]]) {
    assert.equal(has(...wrong), false, JSON.stringify(wrong));
  }
  assert.equal(hasToken([{ name: "Authorization", value: "secret" }], "secret"), false);
  // Octets of UTF-8, as a client sends them.
  assert.equal(hasToken([{ name: "X-E2E-Test-Auth-Token", value: "caf\xc3\xa9" }], "café"), true);
});
