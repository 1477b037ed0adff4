/** Reading a Python pattern token by token. */

/** A character, or a backslash with the character after it. */
export interface Token {
  readonly text: string;
  /** Offset in the pattern, in UTF-16 units. */
  readonly at: number;
}

/** Where reading stands. */
export interface Cursor {
  readonly tokens: readonly Token[];
  readonly length: number;
  index: number;
}

/** A pattern that Python refuses; caught by the functions that check patterns. */
export class PatternError extends Error {
  override readonly name = "PatternError";
  /** Offset in the pattern, in UTF-16 units. */
  readonly at: number;

  constructor(problem: string, at: number) {
    super(problem);
    this.at = at;
  }
}

/** Splits a pattern. Throws a `PatternError` when it ends in a backslash. */
export function cursorOf(pattern: string): Cursor {
  const tokens: Token[] = [];
  for (const match of pattern.matchAll(/\\?[^]/gu)) {
    if (match[0] === "\\") throw new PatternError("Backslash at the end of the pattern", match.index);
    tokens.push({ text: match[0], at: match.index });
  }
  return { tokens, length: pattern.length, index: 0 };
}

/** The next token, which stays where it is; undefined at the end. */
export function peek(cursor: Cursor): string | undefined {
  return cursor.tokens[cursor.index]?.text;
}

/** The next token; undefined at the end. */
export function take(cursor: Cursor): string | undefined {
  return cursor.tokens[cursor.index++]?.text;
}

/** Takes the next token if it is `text`, and says whether it did. */
export function takeIf(cursor: Cursor, text: string): boolean {
  if (peek(cursor) !== text) return false;
  cursor.index++;
  return true;
}

/** Takes up to `limit` tokens that match. */
export function takeWhile(cursor: Cursor, allowed: RegExp, limit = Infinity): string {
  let text = "";
  for (let count = 0; count < limit; count++) {
    const next = peek(cursor);
    if (next === undefined || !allowed.test(next)) break;
    text += next;
    cursor.index++;
  }
  return text;
}

/** Takes everything up to `end`, which is dropped. `what` names it in the `PatternError` for an empty or open one. */
export function takeUntil(cursor: Cursor, end: string, what: string): string {
  const start = offset(cursor);
  let text = "";
  for (let next = take(cursor); next !== end; next = take(cursor)) {
    if (next === undefined) throw new PatternError(`Missing "${end}" after ${what}`, start);
    text += next;
  }
  if (text === "") throw new PatternError(`Missing ${what}`, start);
  return text;
}

/** Offset of the next token. */
export function offset(cursor: Cursor): number {
  return cursor.tokens[cursor.index]?.at ?? cursor.length;
}
