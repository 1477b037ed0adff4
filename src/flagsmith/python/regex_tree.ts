/** What a Python regular expression becomes when it is read. */

/** The flags that change how a part of a pattern is read or matches, by Python's letters. */
export interface RegexFlags {
  /** Case is ignored. */
  readonly i: boolean;
  /** `^` and `$` match at lines. */
  readonly m: boolean;
  /** The dot matches a line feed. */
  readonly s: boolean;
  /** Whitespace and comments are dropped. */
  readonly x: boolean;
  /** Character categories know ASCII only. */
  readonly a: boolean;
}

/** How many characters a part can match, saturated at `MAX_REPEAT`. */
export interface Width {
  readonly min: number;
  readonly max: number;
}

/** A category of characters: digits, whitespace, word characters. */
export type Category = "d" | "s" | "w";

/** One item of a character set. */
export type SetItem =
  | { readonly kind: "range"; readonly from: number; readonly to: number }
  | { readonly kind: "category"; readonly category: Category; readonly negated: boolean };

/** A place that matches without a character. */
export type Anchor = "lineStart" | "lineEnd" | "textStart" | "textEnd" | "boundary" | "notBoundary";

/** One part of a pattern. */
export type RegexNode =
  & Width
  & (
    | {
      readonly kind: "set";
      readonly negated: boolean;
      readonly items: readonly SetItem[];
      readonly flags: RegexFlags;
    }
    | { readonly kind: "any"; readonly flags: RegexFlags }
    | { readonly kind: "anchor"; readonly anchor: Anchor; readonly flags: RegexFlags }
    | {
      readonly kind: "repeat";
      readonly body: RegexNode;
      readonly from: number;
      readonly to: number;
      readonly mode: "greedy" | "lazy" | "possessive";
    }
    | { readonly kind: "group"; readonly body: RegexNode; readonly atomic: boolean }
    | {
      readonly kind: "look";
      readonly body: RegexNode;
      readonly behind: boolean;
      readonly negated: boolean;
    }
    | { readonly kind: "sequence"; readonly parts: readonly RegexNode[] }
    | { readonly kind: "branches"; readonly branches: readonly RegexNode[] }
    /** A reference to a group or a condition on one: only its width is kept. */
    | { readonly kind: "reference" }
  );

/** CPython's bound of repetitions: this number stands for "without end", and larger ones are refused. */
export const MAX_REPEAT = 4294967295;

/** The parts one after another; a single part stays itself. */
export function sequenceOf(parts: readonly RegexNode[]): RegexNode {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const width = parts.reduce<Width>(
    (sum, part) => saturated(sum.min + part.min, sum.max + part.max),
    { min: 0, max: 0 },
  );
  return { kind: "sequence", parts, ...width };
}

/** One of the parts; a single one stays itself. */
export function branchesOf(branches: readonly RegexNode[]): RegexNode {
  const [first] = branches;
  if (first !== undefined && branches.length === 1) return first;
  const min = branches.reduce((least, branch) => Math.min(least, branch.min), Infinity);
  const max = branches.reduce((most, branch) => Math.max(most, branch.max), -Infinity);
  return { kind: "branches", branches, min, max };
}

/** A width within the bounds that CPython computes with. */
export function saturated(min: number, max: number): Width {
  return { min: Math.min(min, MAX_REPEAT - 1), max: Math.min(max, MAX_REPEAT) };
}
