import assert from "node:assert/strict";
import { envName, momentAt, parseDuration, parseLimit, parseMode, parseMoment } from "./options.ts";

Deno.test("parseDuration() reads milliseconds, seconds, minutes and hours", () => {
  assert.deepEqual(["500ms", "60s", "1.5m", "1h", "60", "0"].map(parseDuration), [
    500,
    60_000,
    90_000,
    3_600_000,
    60_000,
    0,
  ]);
  for (const text of ["60x", "s", "-1s", "1 s", "1d", ""]) {
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

Deno.test("parseMoment() reads dates and times, in UTC without an offset, and times back from now", () => {
  const now = Date.UTC(2026, 0, 31, 12);
  const at = (text: string): string => new Date(momentAt(parseMoment(text), now) ?? NaN).toISOString();
  assert.deepEqual(
    [
      "2026-01-30",
      "2026-01-30T10:30",
      "2026-01-30T10:30:15.5",
      "2026-01-30T10:30:00Z",
      "2026-01-30T10:30:00+02:00",
    ]
      .map(at),
    [
      "2026-01-30T00:00:00.000Z",
      "2026-01-30T10:30:00.000Z",
      "2026-01-30T10:30:15.500Z",
      "2026-01-30T10:30:00.000Z",
      "2026-01-30T08:30:00.000Z",
    ],
  );
  assert.deepEqual(["30s", "90m", "24h", "7d", "1w"].map(at), [
    "2026-01-31T11:59:30.000Z",
    "2026-01-31T10:30:00.000Z",
    "2026-01-30T12:00:00.000Z",
    "2026-01-24T12:00:00.000Z",
    "2026-01-24T12:00:00.000Z",
  ]);
  for (const text of ["", "yesterday", "7", "2026", "2026-13-01", "2026-01-30 10:30", "-1d", "1.5h"]) {
    assert.throws(() => parseMoment(text), /time such as/, text);
  }
  assert.equal(momentAt(parseMoment("99999999999w"), now), undefined);
});

Deno.test("parseLimit() reads a number from 1 on, or all", () => {
  assert.deepEqual(["1", "250", "all"].map(parseLimit), [1, 250, Infinity]);
  for (const text of ["0", "-1", "1.5", "ALL", "", "9999999999"]) {
    assert.throws(() => parseLimit(text), /from 1 on/);
  }
});
