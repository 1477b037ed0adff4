/** Our words for what the YAML parser finds. Its own words are never shown, because they quote the file. */
import type { Code } from "../diagnostics/codes.ts";

/** A finding in our words. */
export interface YamlWording {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
}

const syntax = (message: string, hint: string): YamlWording => ({ code: "FP010", message, hint });

const QUOTE = "Put a key or value that holds special characters in quotes";

const UNEXPECTED = syntax(
  "Unexpected text",
  "Check the quotes, brackets and indentation here and in the line before",
);

const NESTED = syntax(
  'A mapping begins in the middle of a value, or a value holds ": "',
  'Put a value that holds ": " in quotes; begin a nested mapping on a line of its own, indented',
);

/** By the parser's error code. */
const WORDINGS: ReadonlyMap<string, YamlWording> = new Map([
  ["ALIAS_PROPS", {
    code: "FP013",
    message: "An alias cannot have an anchor or tag of its own",
    hint: "Remove one of them",
  }],
  [
    "BAD_ALIAS",
    syntax("An anchor or alias has no usable name", 'Quote a key or value that begins with "&" or "*"'),
  ],
  ["BAD_COLLECTION_TYPE", { code: "FP014", message: "Tag does not fit the value", hint: "Remove the tag" }],
  [
    "BAD_DIRECTIVE",
    syntax("Malformed directive", 'Quote a key or value that begins with "%", or remove the line'),
  ],
  [
    "BAD_DQ_ESCAPE",
    syntax("Unknown escape in double quotes", "Write \\\\ for a backslash, or use single quotes"),
  ],
  [
    "BAD_INDENT",
    syntax("Wrong indentation", "Keys of one mapping and items of one list begin in the same column"),
  ],
  ["BAD_PROP_ORDER", syntax("Anchor or tag in the wrong place", "Write it right before the value")],
  ["BAD_SCALAR_START", syntax("A key or value begins with a reserved character", "Put it in quotes")],
  ["BLOCK_AS_IMPLICIT_KEY", NESTED],
  [
    "BLOCK_IN_FLOW",
    syntax("Indented blocks are not allowed inside brackets", "Use brackets for the inner one, too"),
  ],
  [
    "KEY_OVER_1024_CHARS",
    syntax("A key is longer than 1024 characters", "Shorten it, or close the quotes before it"),
  ],
  [
    "MISSING_CHAR",
    syntax("Something is missing before this place", `Check commas, colons, spaces and quotes. ${QUOTE}`),
  ],
  [
    "MULTILINE_IMPLICIT_KEY",
    syntax("A key spreads over several lines", 'Check for a missing ":" or "-" and for indentation'),
  ],
  ["MULTIPLE_ANCHORS", syntax("A key or value has more than one anchor", "Keep one of them")],
  ["MULTIPLE_TAGS", syntax("A key or value has more than one tag", "Keep one of them")],
  ["RESOURCE_EXHAUSTION", {
    code: "FP016",
    message: "The document is nested too deeply",
    hint: "Flatten it",
  }],
  ["TAB_AS_INDENT", syntax("A tab is used for indentation", "Indent with spaces")],
  ["TAG_RESOLVE_FAILED", {
    code: "FP014",
    message: "Unknown tag",
    hint: 'The only tag is !file PATH; quote a key or value that begins with "!"',
  }],
  ["UNEXPECTED_TOKEN", UNEXPECTED],
]);

/** Found by looking at the text itself, because the parser reports it far from its cause. */
export const UNCLOSED_QUOTE: YamlWording = syntax(
  "Quote is never closed, or its further lines are not indented",
  "Close it; '' stands for ' in single quotes, \\\" for \" in double quotes",
);

/** As above, for `[` and `{`. */
export const UNCLOSED_BRACKET: YamlWording = syntax(
  "Bracket is not closed, or its content is not indented",
  "Close it, and indent the lines inside of it further than the key",
);

/** What the parser calls a missing character; its message is looked at, never shown. */
const MISSING: readonly (readonly [RegExp, YamlWording])[] = [
  [
    /without - indicator/,
    syntax(
      "Wrong indentation",
      'Keys of one item begin in the same column; each item of a list begins with "- "',
    ),
  ],
  [/followed by map values/, syntax("A key without a colon", 'Write ": " between a key and its value')],
];

/** The wording for a code of the parser, and for what its message begins with. */
export function yamlWording(parserCode: string, parserMessage = ""): YamlWording {
  const missing = parserCode === "MISSING_CHAR"
    ? MISSING.find(([form]) => form.test(parserMessage))
    : undefined;
  return missing?.[1] ?? WORDINGS.get(parserCode) ?? UNEXPECTED;
}
