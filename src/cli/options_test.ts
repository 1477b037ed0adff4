import assert from "node:assert/strict";
import { envName, parseDuration, parseMode } from "./options.ts";

Deno.test("parseDuration() reads milliseconds, seconds, minutes and hours", () => {
  assert.deepEqual(["500ms", "60s", "1.5m", "1h"].map(parseDuration), [500, 60_000, 90_000, 3_600_000]);
  for (const text of ["60", "s", "-1s", "1 s", "1d", ""]) {
    assert.throws(() => parseDuration(text), /duration/);
  }
  assert.throws(() => parseDuration("600h"), /24 days/);
});

Deno.test("parseMode() reads octal file modes", () => {
  assert.deepEqual(["0600", "640"].map(parseMode), [0o600, 0o640]);
  for (const text of ["rw", "9", "06000", "0x1"]) assert.throws(() => parseMode(text), /octal/);
});

Deno.test("envName() is the long option in capitals", () => {
  assert.equal(envName("--lock-timeout"), "FLAGSMITH_PROVISION_LOCK_TIMEOUT");
  assert.equal(envName("--no-color"), "FLAGSMITH_PROVISION_NO_COLOR");
});
