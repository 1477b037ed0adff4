/** Texts that have broken templates, YAML, SQL, regular expressions or address books before. */
import { pythonStrip } from "../../../src/flagsmith/python/strip.ts";
import type { Draw } from "./draw.ts";
import { Plain, type Value } from "./value.ts";

const FRAGMENTS = [
  "'",
  '"',
  "''",
  "\\",
  "\\'",
  "\n",
  "\r\n",
  "\t",
  "\u0085\u2028",
  "${HOME}",
  "$${",
  "${",
  "}",
  "$1",
  "#",
  " # no comment",
  ": ",
  "- ",
  "%s",
  "{{ x }}",
  "[",
  "]",
  "---",
  "&a *a",
  "!file x",
  "null",
  "007",
  "';DROP TABLE users_ffadminuser;--",
  "$$",
  "NULL",
  "{a,b}",
  "/",
  "/Web",
  ":",
  "\u{1F600}",
  "e\u0301",
  "\u00c9",
  "\u00df",
  "\u0130",
  "\u03a3",
  "\u202E",
  "\u0001\u007F",
  " ",
  "toString",
  ",",
  "\\N",
  "\\.",
];

const WORDS = ["web", "App", "checkout", "flag", "Dev", "prod", "team", "beta", "x", "Zürich", "constructor"];

/** A name that differs from those in `taken` (as `key` compares), which it joins; not blank, with at most `max` characters. */
export function newName(
  draw: Draw,
  taken: Set<string>,
  max: number,
  key: (name: string) => string = (name) => name,
): string {
  for (;;) {
    const parts = [draw.pick(WORDS)];
    if (draw.chance(0.5)) parts.push(` ${draw.below(100)}`);
    while (draw.chance(0.25)) parts.splice(draw.below(parts.length + 1), 0, draw.pick(FRAGMENTS));
    if (draw.chance(0.02)) parts.push("long ".repeat(draw.from(10, 300)));
    const name = lineOf(cut(parts.join(""), max));
    if (name.trim() === "" || taken.has(key(name))) continue;
    taken.add(key(name));
    return name;
  }
}

/** Any text, often a short one; empty only when that is allowed. */
export function anyText(draw: Draw, max: number, empty = true): string {
  const parts = draw.many(0, 4, () => draw.pick(draw.chance(0.5) ? WORDS : FRAGMENTS));
  if (draw.chance(0.01)) parts.push("text ".repeat(draw.from(10, 1000)));
  const text = cut(parts.join(" "), max);
  return !empty && text.trim() === "" ? "-" : text;
}

/** Any text of one line without white space at its ends, as names and the like are; empty only when that is allowed. */
export function anyLine(draw: Draw, max: number, empty = true): string {
  const line = lineOf(anyText(draw, max, empty));
  return !empty && line === "" ? "-" : line;
}

function lineOf(text: string): string {
  return pythonStrip(text.replaceAll(/[\n-\r\x85\u2028\u2029]/g, "_"));
}

/** An address that differs from those in `taken` regardless of case. */
export function newEmail(draw: Draw, taken: Set<string>): string {
  for (;;) {
    const local = draw.pick(["a", "Bob", "o'hara", "x+y", "{b}", "a.b", "$1", "%s", '"a..b"', "`c`"]);
    const host = draw.pick(["example.com", "Example.COM", "localhost", "b\u00fccher.example", "[127.0.0.1]"]);
    const email = local.endsWith('"') ? `${local}@${host}` : `${local}${draw.below(50)}@${host}`;
    if (taken.has(email.toLowerCase())) continue;
    taken.add(email.toLowerCase());
    return email;
  }
}

/** The same address in another case. */
export function sameEmail(draw: Draw, email: string): string {
  // Django knows this one host only as it is written here.
  return draw.chance(0.7) || email.endsWith("@localhost")
    ? email
    : email.replaceAll(/[a-z]/gi, (c) => draw.chance(0.5) ? c.toUpperCase() : c.toLowerCase());
}

/** A value of a flag: text, whole number, boolean or nothing. */
export function flagValue(draw: Draw): Value {
  return draw.pick<() => Value>([
    () => anyText(draw, 2000),
    () => draw.pick(["007", "1_000", " 12 ", "\u0661\u0662", "true", "False", "1.50", "", "null"]),
    () => draw.pick([0, 1, -1, 2147483647, -2147483648, 42]),
    () => draw.chance(0.5),
    () => new Plain(draw.pick(["1.50", "0x1F", "-0", "+7", "1e3", ".inf", "0o17", "yes", "null"])),
  ])();
}

/** A moment in one of the forms that are taken. */
export function anyTime(draw: Draw): string {
  const day = `20${draw.from(27, 60)}-0${draw.from(1, 9)}-${draw.from(10, 28)}`;
  return `${day}${
    draw.pick(["", "T12:30:00Z", " 01:02:03.123456Z", "T23:59:59.999+05:30", "T00:00Z", "T10:00:00-0800"])
  }`;
}

/** The first characters; never half of one. */
export function cut(text: string, max: number): string {
  return [...text].slice(0, max).join("");
}

/** A key that nobody else chose. */
export function newKey(draw: Draw, taken: Set<string>): string {
  for (;;) {
    const key = `chosen-${draw.below(1_000_000)}`;
    if (taken.has(key)) continue;
    taken.add(key);
    return key;
  }
}

/** The name of a variable that no other output has. */
export function newVariable(draw: Draw, taken: Set<string>): string {
  return newKey(draw, taken).replaceAll("-", "_");
}
