import assert from "node:assert/strict";
import { isNow, readsClock } from "./clock_words.ts";

const SINGLE = [
  "timestamp with time zone",
  "timestamp(0) without time zone",
  "date",
  "time without time zone",
  "time(3) with time zone",
];
const SEVERAL = ["date[]", "timestamp(3) with time zone[]", "tstzrange", "datemultirange", "tsrange[]"];
const OTHER = ["text", "character varying(10)", "jsonb", "interval", "text[]", "int4range", "app.timestamp"];

const CLOCK = ["NOW", " now", "today", "Tomorrow", "yesterday ", "today 10:00", "10:00 today", "now UTC"];
const FIXED = ["2026-01-31", "2026-01-31T12:00:00Z", "infinity", "-infinity", "epoch", "allballs", "nowhere"];

Deno.test("isNow() is true for the word alone, in a column of one date or time", () => {
  for (const type of SINGLE) {
    assert.equal(isNow("now", type), true, type);
    for (const text of [...CLOCK, ...FIXED, null]) assert.equal(isNow(text, type), false, `${type}: ${text}`);
  }
  for (const type of [...SEVERAL, ...OTHER]) assert.equal(isNow("now", type), false, type);
});

Deno.test("readsClock() tells every other text that is another date or time with each reading", () => {
  for (const type of [...SINGLE, ...SEVERAL]) {
    for (const text of CLOCK) assert.equal(readsClock(text, type), true, `${type}: ${text}`);
    for (const text of FIXED) assert.equal(readsClock(text, type), false, `${type}: ${text}`);
  }
  for (const type of SINGLE) assert.equal(readsClock("now", type), false, type);
  for (const text of ["now", "{now}", '{"n\\ow"}', "[today,)", '[2026-01-31,to"morrow")']) {
    for (const type of SEVERAL) assert.equal(readsClock(text, type), true, `${type}: ${text}`);
  }
  for (const type of OTHER) {
    for (const text of ["now", ...CLOCK]) assert.equal(readsClock(text, type), false, `${type}: ${text}`);
  }
});
