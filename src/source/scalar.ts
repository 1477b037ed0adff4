/** One YAML scalar to one node: interpolation, typing, places of its mistakes. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Span } from "../diagnostics/source_file.ts";
import { plainValue } from "./core_schema.ts";
import { interpolate } from "./interpolate.ts";
import type { Variables } from "./interpolate.ts";
import type { ScalarNode } from "./node.ts";

/** A scalar as the parser found it. */
export interface ScalarSource {
  readonly span: Span;
  readonly style: ScalarNode["style"];
  /** Content of a quoted or block scalar, source text of a plain one. */
  readonly text: string;
  /** True when its tag says that it is text, whatever it looks like. */
  readonly isText: boolean;
}

/**
 * Interpolates and types a scalar. Adds FP020, FP021, FP110 and FP111; a scalar with a mistake is marked as mocked, so
 * that no later check judges a value that nobody wrote.
 */
export function scalarNode(source: ScalarSource, variables: Variables, diagnostics: Diagnostics): ScalarNode {
  const { span, style, isText } = source;
  const result = interpolate(source.text, variables);
  const partOf = result.problems.length + result.secretDefaults.length === 0 ? () => span : partsOf(source);
  for (const { code, start, end, message, hint } of result.problems) {
    diagnostics.add(code, partOf(start, end), message, hint);
  }
  for (const [start, end] of result.secretDefaults) diagnostics.mask(partOf(start, end));
  if (result.problems.some((p) => p.code === "FP021") && namesSecret(source.text, variables)) {
    diagnostics.mask(span);
  }
  const broken = result.problems.length > 0 || !isStorable("Value", result.text, span, diagnostics);
  const typed = style === "plain" && !isText;
  return {
    kind: "scalar",
    span,
    // A variable that is set but empty is an empty text, not a null: a null would mean that the field was not given.
    value: typed && !(result.interpolated && result.text === "") ? plainValue(result.text) : result.text,
    text: result.text,
    style,
    interpolated: result.interpolated,
    ...(result.used.length === 0 ? {} : { variables: result.used }),
    mocked: result.mocked || broken,
    secret: result.secret,
  };
}

/** False, after adding FP110 or FP111, when PostgreSQL could not store the text of a key or value. */
export function isStorable(
  what: "Key" | "Value",
  text: string,
  span: Span,
  diagnostics: Diagnostics,
): boolean {
  if (text.includes("\0")) {
    diagnostics.add("FP110", span, `${what} holds a NUL character`, "PostgreSQL cannot store it in text");
    return false;
  }
  if (!text.isWellFormed()) {
    diagnostics.add(
      "FP111",
      span,
      `${what} holds half of a surrogate pair`,
      "Write the whole character instead of \\uD800 to \\uDFFF",
    );
    return false;
  }
  return true;
}

/** Gives the place of a stretch of the scalar's text; of the whole scalar where escapes or folding moved the characters. */
function partsOf({ span, style, text }: ScalarSource): (start: number, end: number) => Span {
  const from = span.start + (style === "quoted" ? 1 : 0);
  if (style === "block" || !span.file.text.startsWith(text, from) || text.includes("\n")) return () => span;
  return (start, end) => ({ file: span.file, start: from + start, end: from + end });
}

function namesSecret(text: string, variables: Variables): boolean {
  return [...variables.secretEnv].some((name) => text.includes(name));
}
