/** Escapes and character sets of Python patterns. */
import { lookup } from "../../diagnostics/lookup.ts";
import {
  type Cursor,
  offset,
  PatternError,
  peek,
  take,
  takeIf,
  takeUntil,
  takeWhile,
} from "./regex_tokens.ts";
import type { SetItem } from "./regex_tree.ts";

/** What an escape stands for. */
export type Escape =
  | SetItem
  /** A character by its Unicode name, which is not looked up. */
  | { readonly kind: "named" }
  | { readonly kind: "group"; readonly group: number };

/** A character set as written; `named` when it holds a character by its Unicode name. */
export interface CharacterSet {
  readonly negated: boolean;
  readonly items: readonly SetItem[];
  readonly named: boolean;
}

const CONTROL: Readonly<Record<string, number>> = lookup({
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
});
const HEX = /^[0-9a-fA-F]$/;
const HEX_LENGTH: Readonly<Record<string, number>> = lookup({ x: 2, u: 4, U: 8 });
const OCTAL = /^[0-7]$/;

/** A set of one character. */
export function character(code: number): SetItem {
  return { kind: "range", from: code, to: code };
}

/** Reads the rest of an escape outside of a set whose first token was `token`; anchors are not handled here. */
export function readEscape(cursor: Cursor, token: string, at: number): Escape {
  const letter = token.slice(1);
  if (letter === "0") return character(parseInt(`0${takeWhile(cursor, OCTAL, 2)}`, 8));
  if (/^[1-9]$/.test(letter)) {
    const second = takeWhile(cursor, /^[0-9]$/, 1);
    const isOctal = OCTAL.test(letter) && OCTAL.test(second) && OCTAL.test(peek(cursor) ?? "");
    return isOctal
      ? octal(letter + second + takeWhile(cursor, OCTAL, 1), at)
      : { kind: "group", group: Number(letter + second) };
  }
  return readCommonEscape(cursor, token, at);
}

/** Reads a set whose opening bracket stood at `at`. */
export function readSet(cursor: Cursor, at: number): CharacterSet {
  const negated = takeIf(cursor, "^");
  const items: SetItem[] = [];
  let named = false;
  const readItem = (token: string, itemAt: number): SetItem => {
    if (!token.startsWith("\\")) return character(token.codePointAt(0) ?? 0);
    const escape = readSetEscape(cursor, token, itemAt);
    if (escape.kind === "named") named = true;
    return escape.kind === "range" || escape.kind === "category" ? escape : character(0);
  };
  const next = (): string => {
    const token = take(cursor);
    if (token === undefined) throw new PatternError("Character set is not closed", at);
    return token;
  };
  for (let count = 0;; count++) {
    const itemAt = offset(cursor);
    const token = next();
    if (token === "]" && count > 0) return { negated, items, named };
    const item = readItem(token, itemAt);
    if (!takeIf(cursor, "-")) {
      items.push(item);
      continue;
    }
    const endAt = offset(cursor);
    const end = next();
    if (end === "]") return { negated, items: [...items, item, character(45)], named };
    const last = readItem(end, endAt);
    if (item.kind !== "range" || last.kind !== "range") {
      throw new PatternError("A character range needs a character at both ends", itemAt);
    }
    // The code of a character that is given by name is not known here, so its order is not checked.
    if (last.to < item.from && !named) throw new PatternError("Character range is in reverse order", itemAt);
    items.push({ kind: "range", from: item.from, to: last.to });
  }
}

function readSetEscape(cursor: Cursor, token: string, at: number): Escape {
  const letter = token.slice(1);
  if (OCTAL.test(letter)) return octal(letter + takeWhile(cursor, OCTAL, 2), at);
  return readCommonEscape(cursor, token, at);
}

function readCommonEscape(cursor: Cursor, token: string, at: number): Escape {
  const letter = token.slice(1);
  const lower = letter.toLowerCase();
  if (lower === "d" || lower === "s" || lower === "w") {
    return { kind: "category", category: lower, negated: letter !== lower };
  }
  const control = CONTROL[letter];
  if (control !== undefined) return character(control);
  const length = HEX_LENGTH[letter];
  if (length !== undefined) return hexadecimal(token + takeWhile(cursor, HEX, length), length, at);
  if (letter === "N") return namedCharacter(cursor, at);
  if (/^[A-Za-z0-9]$/.test(letter)) throw new PatternError(`Python does not know the escape "${token}"`, at);
  return character(letter.codePointAt(0) ?? 0);
}

function hexadecimal(escape: string, length: number, at: number): SetItem {
  const digits = escape.slice(2);
  if (digits.length < length) {
    throw new PatternError(`Escape "${escape}" needs ${length} hexadecimal digits`, at);
  }
  const code = parseInt(digits, 16);
  if (code > 0x10ffff) throw new PatternError(`Escape "${escape}" is beyond the last character`, at);
  return character(code);
}

function octal(digits: string, at: number): SetItem {
  const code = parseInt(digits, 8);
  if (code > 0o377) throw new PatternError(`Octal escape "\\${digits}" is above "\\377"`, at);
  return character(code);
}

/** Unicode's names are no part of this tool, so a name that has the form of one is taken to exist. */
function namedCharacter(cursor: Cursor, at: number): Escape {
  if (!takeIf(cursor, "{")) throw new PatternError('Escape "\\N" needs a name in braces', at);
  const name = takeUntil(cursor, "}", "character name");
  if (!/^[A-Za-z0-9][A-Za-z0-9 -]*$/.test(name)) {
    throw new PatternError(`No character is called "${name}"`, at);
  }
  return { kind: "named" };
}
