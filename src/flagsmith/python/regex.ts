/**
 * Python's regular expressions, as far as their syntax goes: Flagsmith stores patterns unchecked and answers with an error
 * 500 when it meets one that `re` cannot compile (`docs/flagsmith/segments.md#conditions`). Follows CPython 3.11 to
 * 3.13; what newer releases refuse (the flag `t`, group numbers with signs) is refused.
 */
import { readExtension } from "./regex_group.ts";
import { readBranches, type RegexReader, type RegexUse } from "./regex_sequence.ts";
import { cursorOf, offset, PatternError, peek } from "./regex_tokens.ts";
import type { RegexNode } from "./regex_tree.ts";

/** The verdict on a pattern; `at` is an offset in UTF-16 units. */
export type RegexCheck = { readonly ok: true } | {
  readonly ok: false;
  readonly problem: string;
  readonly at: number;
};

/** A pattern that was read. */
export interface PythonRegex {
  readonly root: RegexNode;
  readonly uses: ReadonlySet<RegexUse>;
}

/** Says whether Python's `re.compile()` accepts the pattern and, if not, why and where. */
export function checkPythonRegex(pattern: string): RegexCheck {
  try {
    readPythonRegex(pattern);
    return { ok: true };
  } catch (error) {
    if (error instanceof PatternError) return { ok: false, problem: error.message, at: error.at };
    throw error;
  }
}

/** The pattern that Flagsmith compiles for a project's `feature_name_regex` (projects/models.py:200-211). */
export function anchored(featureNameRegex: string): string {
  return `^${featureNameRegex}$`;
}

/** True for a pattern that Python may refuse all the same, because it names a character: the names are not known here. */
export function namesCharacters(pattern: string): boolean {
  return readPythonRegex(pattern).uses.has("namedCharacter");
}

/** Reads a pattern; throws a `PatternError` where Python's `re.compile()` raises. */
export function readPythonRegex(pattern: string): PythonRegex {
  const reader: RegexReader = {
    cursor: cursorOf(pattern),
    uses: new Set(),
    groups: [{ min: 0, max: 0 }],
    names: new Map(),
    wanted: new Map(),
    lookbehindFrom: undefined,
    flags: { i: false, m: false, s: false, x: false, a: false },
    wideByFlag: false,
    depth: 0,
    readExtension,
  };
  const root = readBranches(reader, undefined);
  if (peek(reader.cursor) !== undefined) {
    throw new PatternError("Closing parenthesis without an opening one", offset(reader.cursor));
  }
  for (const [group, at] of reader.wanted) {
    if (group >= reader.groups.length) throw new PatternError(`There is no group ${group}`, at);
  }
  return { root, uses: reader.uses };
}
