/** Tries a Python pattern out without Python, where that can be done faithfully. */
import { anchored, type PythonRegex, readPythonRegex } from "./regex.ts";
import { PatternError } from "./regex_tokens.ts";
import type { Category, RegexFlags, RegexNode, SetItem } from "./regex_tree.ts";

/** Up to here JavaScript's letters, digits and spaces are those of Python, whatever Unicode release either knows. */
const SAME_CATEGORIES = /^[\0-\u058f]*$/;
const ASCII = /^[\0-\x7f]*$/;

/**
 * Whether Python's `re.match(pattern, text)` finds a match: anchored at the beginning of the text only. Undefined when the
 * pattern does not compile, or when it cannot be decided here: references and conditions on groups, characters by name,
 * loops over what may be empty, atomic parts together with lookbehinds, and case or categories of characters beyond those
 * that both languages surely treat alike.
 */
export function pythonMatchStart(pattern: string, text: string): boolean | undefined {
  try {
    const regex = readPythonRegex(pattern);
    if (!isDecidable(regex, text)) return undefined;
    return new RegExp(translate(regex.root, { atomic: 0 }), "vy").test(text);
  } catch (error) {
    // JavaScript's engine gives up on patterns that are too large (SyntaxError) or too deep (RangeError).
    if (error instanceof PatternError || error instanceof SyntaxError || error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Whether a project with this `feature_name_regex` accepts the name: Flagsmith matches `^REGEX$` without grouping it, so
 * that a top-level `|` splits the anchors (`docs/flagsmith/features-and-states.md#features`). Undefined as in
 * `pythonMatchStart()`.
 */
export function featureNameMatches(featureNameRegex: string, name: string): boolean | undefined {
  return pythonMatchStart(anchored(featureNameRegex), name);
}

function isDecidable({ uses }: PythonRegex, text: string): boolean {
  if (uses.has("reference") || uses.has("namedCharacter") || uses.has("emptyLoop")) return false;
  if (uses.has("atomic") && uses.has("lookbehind")) return false;
  if (uses.has("ignoreCase") && (uses.has("nonAscii") || !ASCII.test(text))) return false;
  return !uses.has("category") || SAME_CATEGORIES.test(text);
}

function translate(node: RegexNode, counter: { atomic: number }): string {
  switch (node.kind) {
    case "set":
      return set(node);
    case "any":
      return node.flags.s ? "[\\s\\S]" : "[^\\n]";
    case "anchor":
      return anchor(node);
    case "sequence":
      return node.parts.map((part) => translate(part, counter)).join("");
    case "branches":
      return `(?:${node.branches.map((branch) => translate(branch, counter)).join("|")})`;
    case "group": {
      const body = translate(node.body, counter);
      return node.atomic ? atomic(body, counter) : `(?:${body})`;
    }
    case "look":
      return `(?:(?${node.behind ? "<" : ""}${node.negated ? "!" : "="}${translate(node.body, counter)}))`;
    case "repeat": {
      const body = `(?:${translate(node.body, counter)}){${node.from},${node.to}}`;
      return node.mode === "possessive" ? atomic(body, counter) : node.mode === "lazy" ? `${body}?` : body;
    }
    case "reference":
      throw new Error("References are not translated");
  }
}

/** JavaScript has no atomic groups; a lookahead never gives back what it has matched. */
function atomic(body: string, counter: { atomic: number }): string {
  const name = `a${counter.atomic++}`;
  return `(?:(?=(?<${name}>${body}))\\k<${name}>)`;
}

function anchor({ anchor, flags }: RegexNode & { kind: "anchor" }): string {
  const start = "(?<![\\s\\S])";
  const end = "(?![\\s\\S])";
  const word = `[${category("w", flags)}]`;
  switch (anchor) {
    case "textStart":
      return start;
    case "textEnd":
      return end;
    case "lineStart":
      return flags.m ? `(?:${start}|(?<=\\n))` : start;
    case "lineEnd":
      // Also before a line feed that ends the text, even without the flag.
      return flags.m ? `(?:${end}|(?=\\n))` : `(?=\\n?${end})`;
    case "boundary":
      return `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
    case "notBoundary":
      // Python finds neither a boundary nor its absence in an empty text.
      return `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word})(?:(?<=[\\s\\S])|(?=[\\s\\S])))`;
  }
}

function set({ negated, items, flags }: RegexNode & { kind: "set" }): string {
  const content = items.map((item) => setItem(item, flags)).join("");
  return `[${negated ? "^" : ""}${content}]`;
}

function setItem(item: SetItem, flags: RegexFlags): string {
  if (item.kind === "category") return `[${item.negated ? "^" : ""}${category(item.category, flags)}]`;
  const ranges = [[item.from, item.to]];
  if (flags.i) {
    // The same stretch in the other case; patterns with the flag are ASCII here.
    ranges.push([Math.max(item.from, 65) + 32, Math.min(item.to, 90) + 32]);
    ranges.push([Math.max(item.from, 97) - 32, Math.min(item.to, 122) - 32]);
  }
  return ranges.map(([from = 0, to = 0]) => from <= to ? `${escaped(from)}-${escaped(to)}` : "").join("");
}

function category(name: Category, { a }: RegexFlags): string {
  if (name === "d") return a ? "0-9" : "\\p{Nd}";
  if (name === "w") return a ? "0-9A-Z_a-z" : "\\p{L}\\p{N}_";
  return a
    ? "\\t-\\r "
    : "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
}

function escaped(code: number): string {
  return `\\u{${code.toString(16)}}`;
}
