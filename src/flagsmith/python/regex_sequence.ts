/** Branches, sequences, groups and repeats of Python patterns. */
import { lookup } from "../../diagnostics/lookup.ts";
import { type Cursor, offset, PatternError, peek, take, takeIf, takeWhile } from "./regex_tokens.ts";
import { readEscape, readSet } from "./regex_escape.ts";
import type { Anchor, RegexFlags, RegexNode, Width } from "./regex_tree.ts";
import { branchesOf, MAX_REPEAT, saturated, sequenceOf } from "./regex_tree.ts";

/** What a pattern contains that decides whether it can be tried out without Python. */
export type RegexUse =
  | "reference"
  | "namedCharacter"
  | "emptyLoop"
  | "atomic"
  | "lookbehind"
  | "category"
  | "ignoreCase"
  | "nonAscii";

/** What is known while a pattern is read. */
export interface RegexReader {
  readonly cursor: Cursor;
  readonly uses: Set<RegexUse>;
  /** Width of each group that was opened, from index 1; undefined while it is open. */
  readonly groups: (Width | undefined)[];
  readonly names: Map<string, number>;
  /** Groups that conditions name by number, with the place: they may be opened later. */
  readonly wanted: Map<number, number>;
  /** Number of the first group inside of the outermost lookbehind, when reading one. */
  lookbehindFrom: number | undefined;
  /** The flags at the outermost level. */
  flags: RegexFlags;
  /** True when the flag `u` was given for the whole pattern. */
  wideByFlag: boolean;
  depth: number;
  /**
   * Reads an extension, what follows `(?` that stood at `at`; undefined for what matches nothing (comments, flags). It
   * reads groups again, hence a field: the two files would import each other.
   */
  readonly readExtension: (
    reader: RegexReader,
    flags: RegexFlags,
    isStart: boolean,
    at: number,
  ) => RegexNode | undefined;
}

/** Deeper nesting reaches Python's recursion limit. */
export const MAX_DEPTH = 400;

const ANCHORS: Readonly<Record<string, Anchor>> = lookup({
  "^": "lineStart",
  "$": "lineEnd",
  "\\A": "textStart",
  "\\Z": "textEnd",
  "\\b": "boundary",
  "\\B": "notBoundary",
});

/** Reads alternatives up to a closing parenthesis or the end; without `flags` it is the outermost level. */
export function readBranches(reader: RegexReader, flags: RegexFlags | undefined): RegexNode {
  if (++reader.depth > MAX_DEPTH) {
    throw new PatternError("Groups are nested too deeply", offset(reader.cursor));
  }
  const branches: RegexNode[] = [];
  do {
    branches.push(readSequence(reader, flags, branches.length === 0));
  } while (takeIf(reader.cursor, "|"));
  reader.depth--;
  return branchesOf(branches);
}

/** Reads one alternative; `first` allows flags for the whole pattern at its beginning. */
export function readSequence(reader: RegexReader, inner: RegexFlags | undefined, first: boolean): RegexNode {
  const { cursor } = reader;
  const parts: RegexNode[] = [];
  for (let next = peek(cursor); next !== undefined && next !== "|" && next !== ")"; next = peek(cursor)) {
    const at = offset(cursor);
    const flags = inner ?? reader.flags;
    cursor.index++;
    if (flags.x && /^[ \t\n\r\v\f]$/.test(next)) continue;
    if (flags.x && next === "#") {
      skipLine(cursor);
      continue;
    }
    if (next === "*" || next === "+" || next === "?" || next === "{") {
      repeatLast(reader, next, parts, flags, at);
      continue;
    }
    const isStart = inner === undefined && first && parts.length === 0;
    const part = next === "(" ? readGroup(reader, flags, isStart, at) : readAtom(reader, next, flags, at);
    if (part !== undefined) parts.push(part);
  }
  return sequenceOf(parts);
}

/** Reads what follows an opening parenthesis; undefined for what matches nothing (comments, flags). */
function readGroup(
  reader: RegexReader,
  flags: RegexFlags,
  isStart: boolean,
  at: number,
): RegexNode | undefined {
  if (takeIf(reader.cursor, "?")) return reader.readExtension(reader, flags, isStart, at);
  return readCapture(reader, flags, undefined, at);
}

/** Reads the body of a capturing group and its closing parenthesis. */
export function readCapture(
  reader: RegexReader,
  flags: RegexFlags,
  name: string | undefined,
  at: number,
): RegexNode {
  const group = reader.groups.push(undefined) - 1;
  if (name !== undefined) {
    if (reader.names.has(name)) throw new PatternError(`Group name "${name}" is used twice`, at);
    reader.names.set(name, group);
  }
  const body = readBranches(reader, flags);
  closeGroup(reader, at);
  reader.groups[group] = { min: body.min, max: body.max };
  return { kind: "group", body, atomic: false, min: body.min, max: body.max };
}

/** Takes the closing parenthesis of what was opened at `at`. */
export function closeGroup(reader: RegexReader, at: number): void {
  if (!takeIf(reader.cursor, ")")) throw new PatternError("Parenthesis is not closed", at);
}

/** A part that matches what a closed group matched. */
export function referenceTo(reader: RegexReader, group: number, at: number): RegexNode {
  const width = reader.groups[group];
  if (group >= reader.groups.length) {
    throw new PatternError(`There is no group ${group} before this place`, at);
  }
  if (width === undefined) throw new PatternError("A group cannot refer to itself while it is open", at);
  requireOutsideLookbehind(reader, group, at);
  reader.uses.add("reference");
  return { kind: "reference", min: width.min, max: width.max };
}

/** Inside of a lookbehind, only groups that were closed before it can be referred to. */
export function requireOutsideLookbehind(reader: RegexReader, group: number, at: number): void {
  if (reader.lookbehindFrom === undefined) return;
  if (reader.groups[group] === undefined || group >= reader.lookbehindFrom) {
    throw new PatternError("A lookbehind can only refer to groups before it", at);
  }
}

function readAtom(reader: RegexReader, token: string, flags: RegexFlags, at: number): RegexNode {
  const anchor = ANCHORS[token];
  if (anchor !== undefined) {
    if (anchor === "boundary" || anchor === "notBoundary") noteCategory(reader, flags);
    return { kind: "anchor", anchor, flags, min: 0, max: 0 };
  }
  if (token === ".") return { kind: "any", flags, min: 1, max: 1 };
  if (token === "[") {
    const set = readSet(reader.cursor, at);
    if (set.named) reader.uses.add("namedCharacter");
    return setNode(reader, set, flags);
  }
  if (!token.startsWith("\\")) {
    const code = token.codePointAt(0) ?? 0;
    return setNode(reader, { negated: false, items: [{ kind: "range", from: code, to: code }] }, flags);
  }
  const escape = readEscape(reader.cursor, token, at);
  if (escape.kind === "group") return referenceTo(reader, escape.group, at);
  if (escape.kind === "named") {
    reader.uses.add("namedCharacter");
    return setNode(reader, { negated: false, items: [] }, flags);
  }
  return setNode(reader, { negated: false, items: [escape] }, flags);
}

function setNode(
  reader: RegexReader,
  set: Pick<RegexNode & { kind: "set" }, "negated" | "items">,
  flags: RegexFlags,
): RegexNode {
  if (flags.i) reader.uses.add("ignoreCase");
  for (const item of set.items) {
    if (item.kind === "category") noteCategory(reader, flags);
    else if (item.to > 0x7f) reader.uses.add("nonAscii");
  }
  return { kind: "set", negated: set.negated, items: set.items, flags, min: 1, max: 1 };
}

function noteCategory(reader: RegexReader, flags: RegexFlags): void {
  if (!flags.a) reader.uses.add("category");
}

/** Applies a quantifier to the last part, or adds the brace as a literal when it does not begin a quantifier. */
function repeatLast(
  reader: RegexReader,
  token: string,
  parts: RegexNode[],
  flags: RegexFlags,
  at: number,
): void {
  const { cursor } = reader;
  const bounds = token === "{" ? readBounds(cursor, at) : {
    from: token === "+" ? 1 : 0,
    to: token === "?" ? 1 : MAX_REPEAT,
  };
  if (bounds === undefined) {
    parts.push(readAtom(reader, token, flags, at));
    return;
  }
  const body = parts.pop();
  if (body === undefined || body.kind === "anchor") throw new PatternError("Nothing to repeat", at);
  if (body.kind === "repeat") throw new PatternError("A repetition cannot be repeated without a group", at);
  const mode = takeIf(cursor, "?") ? "lazy" : takeIf(cursor, "+") ? "possessive" : "greedy";
  if (mode === "possessive") reader.uses.add("atomic");
  if (body.min === 0 && bounds.to > 1) reader.uses.add("emptyLoop");
  const width = saturated(body.min * bounds.from, body.max * bounds.to);
  parts.push({ kind: "repeat", body, mode, ...bounds, ...width });
}

/** Reads `m}`, `m,}`, `,n}`, `m,n}` or `,}`; undefined, with nothing taken, when the brace is a literal. */
function readBounds(cursor: Cursor, at: number): { readonly from: number; readonly to: number } | undefined {
  const start = cursor.index;
  if (peek(cursor) === "}") return undefined;
  const low = takeWhile(cursor, /^[0-9]$/);
  const upper = takeIf(cursor, ",") ? takeWhile(cursor, /^[0-9]$/) : low;
  if (!takeIf(cursor, "}")) {
    cursor.index = start;
    return undefined;
  }
  const from = low === "" ? 0 : Number(low);
  const to = upper === "" ? MAX_REPEAT : Number(upper);
  if (from >= MAX_REPEAT || (upper !== "" && to >= MAX_REPEAT)) {
    throw new PatternError("Number of repetitions is too large", at);
  }
  if (to < from) throw new PatternError("Smallest number of repetitions is greater than the largest", at);
  return { from, to };
}

/** Drops a comment up to the end of its line. */
function skipLine(cursor: Cursor): void {
  for (let next = take(cursor); next !== undefined && next !== "\n"; next = take(cursor));
}
