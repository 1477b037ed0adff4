/**
 * Tries a Python pattern out without Python, where that can be done faithfully and within a budget of steps: patterns come
 * from files and databases, and one such as `(a+)+b` would keep the platform's own engine busy for hours.
 */
import { anchored, type PythonRegex, readPythonRegex } from "./regex.ts";
import { PatternError } from "./regex_tokens.ts";
import type { Anchor, Category, RegexFlags, RegexNode, SetItem } from "./regex_tree.ts";

/** Up to here JavaScript's letters, digits and spaces are those of Python, whatever Unicode release either knows. */
const SAME_CATEGORIES = /^[\0-\u058f]*$/;
const ASCII = /^[\0-\x7f]*$/;

/** Steps of one match; an ordinary pattern needs a few for each character of the longest name. */
const BUDGET = 20_000;

/** The budget is spent. */
class OutOfBudget extends Error {
  override readonly name = "OutOfBudget";
}

/**
 * Whether Python's `re.match(pattern, text)` finds a match: anchored at the beginning of the text only. Undefined when the
 * pattern does not compile, when it cannot be decided within the budget, or when it cannot be decided here: references and
 * conditions on groups, characters by name, loops over what may be empty, atomic parts together with lookbehinds, and case or
 * categories of characters beyond those that both languages surely treat alike.
 */
export function pythonMatchStart(pattern: string, text: string): boolean | undefined {
  try {
    const regex = readPythonRegex(pattern);
    return isDecidable(regex, text) ? matchesAtStart(regex.root, text) : undefined;
  } catch (error) {
    // A RangeError is a pattern whose parts are nested too deeply.
    if (error instanceof PatternError || error instanceof OutOfBudget || error instanceof RangeError) {
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

/** What has to match after a part; gives whether it does from there on. */
type Rest = (at: number) => boolean;

/** Backtracking, as Python's own engine does it, so that greedy, lazy and atomic parts mean the same. */
function matchesAtStart(root: RegexNode, text: string): boolean {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  let left = BUDGET;
  const step = (): void => {
    if (--left < 0) throw new OutOfBudget();
  };

  const match = (node: RegexNode, at: number, rest: Rest): boolean => {
    step();
    switch (node.kind) {
      case "set":
      case "any":
        return matchesOne(node, codes[at]) && rest(at + 1);
      case "anchor":
        return isAt(node.anchor, node.flags, codes, at) && rest(at);
      case "sequence":
        return sequence(node.parts, 0, at, rest);
      case "branches":
        return node.branches.some((branch) => match(branch, at, rest));
      case "group":
        return node.atomic ? once(node.body, at, rest) : match(node.body, at, rest);
      case "look": {
        const from = node.behind ? at - node.body.min : at;
        const found = from >= 0 && match(node.body, from, (end) => !node.behind || end === at);
        return found !== node.negated && rest(at);
      }
      case "repeat":
        if (node.mode === "possessive") return once({ ...node, mode: "greedy" }, at, rest);
        return node.body.kind === "set" || node.body.kind === "any"
          ? stretch(node, node.body, at, rest)
          : repeat(node, 0, at, rest);
      case "reference":
        throw new Error("References are not decided here");
    }
  };

  const sequence = (parts: readonly RegexNode[], index: number, at: number, rest: Rest): boolean => {
    const part = parts[index];
    return part === undefined ? rest(at) : match(part, at, (end) => sequence(parts, index + 1, end, rest));
  };

  /** The first way to match, and no other one. */
  const once = (node: RegexNode, at: number, rest: Rest): boolean => {
    let end: number | undefined;
    match(node, at, (found) => {
      end = found;
      return true;
    });
    return end !== undefined && rest(end);
  };

  /** A repeated part of any sort. */
  const repeat = (node: Repeat, count: number, at: number, rest: Rest): boolean => {
    step();
    const more = (): boolean =>
      count < node.to && match(node.body, at, (end) => repeat(node, count + 1, end, rest));
    const enough = (): boolean => count >= node.from && rest(at);
    return node.mode === "lazy" ? enough() || more() : more() || enough();
  };

  /** A repeated single character: without a call for each, which a long name would be too deep for. */
  const stretch = (node: Repeat, body: One, at: number, rest: Rest): boolean => {
    let most = 0;
    while (most < node.to && matchesOne(body, codes[at + most])) {
      step();
      most++;
    }
    for (let count = node.from; count <= most; count++) {
      step();
      if (rest(at + (node.mode === "lazy" ? count : most + node.from - count))) return true;
    }
    return false;
  };

  return match(root, 0, () => true);
}

type Repeat = RegexNode & { readonly kind: "repeat" };
type One = RegexNode & { readonly kind: "set" | "any" };

const LINE_FEED = 10;

/** True when a part that takes one character takes this one; false at the end of the text. */
function matchesOne(node: One, code: number | undefined): boolean {
  if (code === undefined) return false;
  if (node.kind === "any") return node.flags.s || code !== LINE_FEED;
  return node.items.some((item) => holds(item, code, node.flags)) !== node.negated;
}

function holds(item: SetItem, code: number, flags: RegexFlags): boolean {
  if (item.kind === "category") return isOf(item.category, code, flags) !== item.negated;
  const isIn = (wanted: number): boolean => item.from <= wanted && wanted <= item.to;
  return isIn(code) || (flags.i && isIn(otherCase(code)));
}

/** The same letter in the other case; patterns with the flag are ASCII here. */
function otherCase(code: number): number {
  if (code >= 65 && code <= 90) return code + 32;
  return code >= 97 && code <= 122 ? code - 32 : code;
}

function isAt(anchor: Anchor, flags: RegexFlags, codes: readonly number[], at: number): boolean {
  const isWord = (code: number | undefined): boolean => code !== undefined && isOf("w", code, flags);
  switch (anchor) {
    case "textStart":
      return at === 0;
    case "textEnd":
      return at === codes.length;
    case "lineStart":
      return at === 0 || (flags.m && codes[at - 1] === LINE_FEED);
    case "lineEnd":
      // Also before a line feed that ends the text, even without the flag.
      return at === codes.length || (codes[at] === LINE_FEED && (flags.m || at === codes.length - 1));
    case "boundary":
      return isWord(codes[at - 1]) !== isWord(codes[at]);
    case "notBoundary":
      // Python finds neither a boundary nor its absence in an empty text.
      return codes.length > 0 && isWord(codes[at - 1]) === isWord(codes[at]);
  }
}

const WIDE = { d: /\p{Nd}/u, w: /[\p{L}\p{N}_]/u };
const NARROW = { d: /[0-9]/, w: /\w/ };

/** First and last of the stretches of what Python takes for a space. */
const SPACES: readonly (readonly [from: number, to: number])[] = [
  [0x09, 0x0d],
  [0x1c, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];

function isOf(category: Category, code: number, { a }: RegexFlags): boolean {
  if (category !== "s") return (a ? NARROW : WIDE)[category].test(String.fromCodePoint(code));
  if (a) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return SPACES.some(([from, to]) => from <= code && code <= to);
}
