import assert from "node:assert/strict";
import { bool, line, list, mapping, optional, secret } from "./fields.ts";
import { findKeys, formatKeys } from "./secrets.ts";
import { ALL_SPECS, KIND_NAMES } from "./specs.ts";
import { LIVE_TABLES } from "./tables.ts";

Deno.test("findKeys takes a key for secret where a schema reads it as a secret, and for public only where it does not", () => {
  const found = findKeys([
    mapping({
      name: line(),
      certificate: optional(secret(100)),
      private_note: optional(line()),
      options: optional(list(mapping({ certificate: line() }))),
    }),
    mapping({ name: line(), generate_password: bool() }),
  ]);
  assert.deepEqual(found, {
    secret: new Set(["certificate"]),
    public: new Set(["name", "private_note", "generate_password"]),
    publicBelow: new Map([["options", new Set(["certificate"])]]),
  });
});

Deno.test("the format's secret keys are those of passwords and keys", () => {
  assert.deepEqual([...formatKeys().secret], ["password", "password_hash", "key"]);
});

Deno.test("a kind has secret columns when, and only when, it has a secret field", () => {
  for (const name of KIND_NAMES) {
    const fields = findKeys([ALL_SPECS[name].schema]).secret.size;
    const columns = Object.keys(LIVE_TABLES[name].secretColumns ?? {}).length;
    assert.equal(columns > 0, fields > 0, name);
  }
});
