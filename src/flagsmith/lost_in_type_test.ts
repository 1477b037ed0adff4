import assert from "node:assert/strict";
import { lostIn } from "./lost_in_type.ts";

const KEPT: readonly (readonly [type: string, ...texts: readonly string[]])[] = [
  ["character(3)", "abc", "ab", "abc   ", "äöü"],
  ["character varying(3)", "abc"],
  ["bit(3)", "101"],
  ["bit varying(3)", "", "101"],
  ["numeric(10,2)", "1.50", "1.5000", "-12345678.99", "1e3", "1.5e-1", "0.00", ".5"],
  ["numeric", "1.123456789012345678901234567890"],
  ["numeric(3,0)", "999", "1e2", "10.0"],
  ["timestamp(0) with time zone", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z", "now"],
  ["timestamp with time zone", "2026-01-31T12:00:00.123456+02:00"],
  ["timestamp without time zone", "2026-01-31 12:00:00"],
  ["date", "2026-01-31"],
  ["real", "0.1", "1.5e10", "16777216", "-0.25", "0"],
  ["double precision", "0.1", "1e300", "0.30000000000000004", "100"],
  ["numeric(4,1)[]", "{1.5,20.0}", "{}"],
  ["text", "anything"],
];

const LOST: readonly (readonly [type: string, problem: string, ...texts: readonly string[]])[] = [
  ["character(3)", "takes 3 characters at most", "abcd", " abc"],
  ["character varying(3)", "takes 3 characters at most", "abcd"],
  ["bit(3)", "takes exactly 3 bits", "1", "1010"],
  ["bit varying(3)", "takes 3 bits at most", "1010"],
  ["numeric(10,2)", "keeps 2 digits behind the point", "1.555", "15e-3"],
  ["numeric(4,2)", "takes 2 digits in front of the point at most", "100", "1e2"],
  ["timestamp(0) with time zone", "keeps 0 digits of a second", "2026-01-31T12:00:00.5Z"],
  ["timestamp with time zone", "keeps 6 digits of a second", "2026-01-31T12:00:00.1234567Z"],
  [
    "timestamp without time zone",
    "takes a time without an offset",
    "2026-01-31T12:00:00+02:00",
    "2026-01-31 12:00:00Z",
  ],
  ["date", "takes a date without a time", "2026-01-31T12:00:00Z"],
  ["real", "keeps about 6 digits", "16777217", "0.123456789"],
  ["double precision", "keeps about 15 digits", "9007199254740993", "0.1234567890123456789"],
  ["name", "takes 63 bytes at most", "ä".repeat(32)],
  ['"char"', "takes one byte at most", "ab"],
  [
    "numeric(4,1)[]",
    "holds elements of numeric(4,1); an element keeps 1 digits behind the point",
    "{1.5,1.55}",
  ],
];

Deno.test("lostIn() has nothing to say of values that a column keeps whole", () => {
  for (const [type, ...texts] of KEPT) {
    for (const text of texts) assert.equal(lostIn(text, type), undefined, `${type}: ${text}`);
  }
});

Deno.test("lostIn() tells what PostgreSQL would cut or round", () => {
  for (const [type, problem, ...texts] of LOST) {
    for (const text of texts) assert.equal(lostIn(text, type), problem, `${type}: ${text}`);
  }
});
