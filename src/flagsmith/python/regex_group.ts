/** What follows `(?` in Python patterns. */
import {
  closeGroup,
  MAX_DEPTH,
  readBranches,
  readCapture,
  readSequence,
  referenceTo,
  type RegexReader,
  requireOutsideLookbehind,
} from "./regex_sequence.ts";
import { offset, PatternError, peek, take, takeIf, takeUntil } from "./regex_tokens.ts";
import type { RegexFlags, RegexNode } from "./regex_tree.ts";

const IDENTIFIER = /^[_\p{XID_Start}]\p{XID_Continue}*$/u;
const FLAG = /^[aimsux]$/;

/** Reads an extension whose parenthesis stood at `at`; undefined for what matches nothing (comments, flags). */
export function readExtension(
  reader: RegexReader,
  flags: RegexFlags,
  isStart: boolean,
  at: number,
): RegexNode | undefined {
  const { cursor } = reader;
  const letter = take(cursor);
  switch (letter) {
    case undefined:
      throw new PatternError("Parenthesis is not closed", at);
    case ":":
      return readPlainGroup(reader, flags, false, at);
    case ">":
      reader.uses.add("atomic");
      return readPlainGroup(reader, flags, true, at);
    case "P":
      return readNamed(reader, flags, at);
    case "#":
      return skipComment(reader, at);
    case "=":
    case "!":
      return readLook(reader, flags, false, letter === "!", at);
    case "<": {
      const kind = take(cursor);
      if (kind === "=" || kind === "!") return readLook(reader, flags, true, kind === "!", at);
      throw new PatternError("Python writes named groups (?P<name>…)", at);
    }
    case "(":
      return readCondition(reader, flags, at);
    default:
      cursor.index--;
      return readFlags(reader, flags, isStart, at);
  }
}

function readPlainGroup(reader: RegexReader, flags: RegexFlags, atomic: boolean, at: number): RegexNode {
  const body = readBranches(reader, flags);
  closeGroup(reader, at);
  return { kind: "group", body, atomic, min: body.min, max: body.max };
}

function readNamed(reader: RegexReader, flags: RegexFlags, at: number): RegexNode {
  const { cursor } = reader;
  if (takeIf(cursor, "<")) {
    return readCapture(reader, flags, identifier(takeUntil(cursor, ">", "group name"), at), at);
  }
  if (!takeIf(cursor, "=")) throw new PatternError('Only "<" and "=" can follow "(?P"', at);
  const name = identifier(takeUntil(cursor, ")", "group name"), at);
  const group = reader.names.get(name);
  if (group === undefined) throw new PatternError(`There is no group called "${name}" before this place`, at);
  return referenceTo(reader, group, at);
}

function skipComment(reader: RegexReader, at: number): undefined {
  for (let next = take(reader.cursor); next !== ")"; next = take(reader.cursor)) {
    if (next === undefined) throw new PatternError("Comment is not closed", at);
  }
  return undefined;
}

function readLook(
  reader: RegexReader,
  flags: RegexFlags,
  behind: boolean,
  negated: boolean,
  at: number,
): RegexNode {
  const outer = reader.lookbehindFrom;
  if (behind) {
    reader.uses.add("lookbehind");
    reader.lookbehindFrom ??= reader.groups.length;
  }
  const body = readBranches(reader, flags);
  reader.lookbehindFrom = outer;
  closeGroup(reader, at);
  if (behind && body.min !== body.max) throw new PatternError("A lookbehind needs a fixed width", at);
  return { kind: "look", body, behind, negated, min: 0, max: 0 };
}

/** `(?(group)yes|no)`. */
function readCondition(reader: RegexReader, flags: RegexFlags, at: number): RegexNode {
  const { cursor } = reader;
  const place = offset(cursor);
  const name = takeUntil(cursor, ")", "group name");
  const group = /^[0-9]+$/.test(name) ? Number(name) : reader.names.get(identifier(name, place));
  if (group === undefined) {
    throw new PatternError(`There is no group called "${name}" before this place`, place);
  }
  if (group === 0) throw new PatternError("Groups are numbered from 1", place);
  if (!reader.wanted.has(group)) reader.wanted.set(group, place);
  requireOutsideLookbehind(reader, group, place);
  if (++reader.depth > MAX_DEPTH) throw new PatternError("Groups are nested too deeply", place);
  const yes = readSequence(reader, flags, false);
  const no = takeIf(cursor, "|") ? readSequence(reader, flags, false) : undefined;
  reader.depth--;
  if (peek(cursor) === "|") throw new PatternError("A condition has two branches at most", offset(cursor));
  closeGroup(reader, at);
  reader.uses.add("reference");
  const max = Math.max(yes.max, no?.max ?? 0);
  return { kind: "reference", min: no === undefined ? 0 : Math.min(yes.min, no.min), max };
}

/** `(?flags)` for the whole pattern, or `(?flags-flags:…)` for a part. */
function readFlags(
  reader: RegexReader,
  flags: RegexFlags,
  isStart: boolean,
  at: number,
): RegexNode | undefined {
  const { cursor } = reader;
  const on = readFlagLetters(reader, at);
  if (on.includes("a") && on.includes("u")) {
    throw new PatternError('Flags "a" and "u" exclude each other', at);
  }
  if (on !== "" && takeIf(cursor, ")")) {
    if (!isStart) throw new PatternError("Flags for the whole pattern must be at its beginning", at);
    setGlobalFlags(reader, on, at);
    return undefined;
  }
  const minus = takeIf(cursor, "-");
  const off = minus ? readFlagLetters(reader, at) : "";
  if (/[au]/.test(off)) throw new PatternError('Flags "a" and "u" cannot be turned off', at);
  if ((minus && off === "") || (on === "" && !minus)) {
    const next = peek(cursor);
    const problem = next === undefined
      ? "Parenthesis is not closed"
      : `"(?" cannot be followed by "${minus ? "-" : ""}${next}"`;
    throw new PatternError(problem, at);
  }
  if ([...on].some((flag) => off.includes(flag))) throw new PatternError("A flag is turned on and off", at);
  if (!takeIf(cursor, ":")) throw new PatternError("Flags must end with a colon or a parenthesis", at);
  return readPlainGroup(reader, combined(flags, on, off), false, at);
}

function setGlobalFlags(reader: RegexReader, on: string, at: number): void {
  // `u` alone is the default; together with `a` from another place it is refused, so it is remembered.
  if (on.includes("u")) reader.wideByFlag = true;
  reader.flags = combined(reader.flags, on.replaceAll("u", ""), "");
  if (reader.wideByFlag && reader.flags.a) throw new PatternError('Flags "a" and "u" exclude each other', at);
}

function readFlagLetters(reader: RegexReader, at: number): string {
  let letters = "";
  for (let next = peek(reader.cursor); next !== undefined && FLAG.test(next); next = peek(reader.cursor)) {
    letters += next;
    reader.cursor.index++;
  }
  if (peek(reader.cursor) === "L") throw new PatternError('Flag "L" is for bytes only', at);
  return letters;
}

function combined(flags: RegexFlags, on: string, off: string): RegexFlags {
  const set = (flag: "i" | "m" | "s" | "x") => (flags[flag] || on.includes(flag)) && !off.includes(flag);
  const a = on.includes("a") || (flags.a && !on.includes("u"));
  return { i: set("i"), m: set("m"), s: set("s"), x: set("x"), a };
}

function identifier(name: string, at: number): string {
  if (!IDENTIFIER.test(name)) throw new PatternError(`"${name}" cannot be the name of a group`, at);
  return name;
}
