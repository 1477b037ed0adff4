/** `outputs` of a document, and the names that values have in the outputs file. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { placeOf, type Span } from "../diagnostics/source_file.ts";
import { isActedOn } from "../kinds/acted_on.ts";
import { freeText, VARIABLE_NAME } from "../kinds/fields.ts";
import { child, looksLikeKey, type MapEntry } from "../source/node.ts";
import { Secret } from "../source/secret.ts";
import type { Declaration, OutputDeclaration } from "./declaration.ts";
import { reportIssues, toPlain } from "./issues.ts";
import { reportNoKey } from "../source/unknown_key.ts";

/** Longer values are no keys or addresses. */
const LONGEST = 4096;

const valueSchema = freeText({ max: LONGEST, empty: true, stored: false });

/** What a document says under `outputs`: variable → value. An empty value is allowed: it is left out of the file. */
export function readOutputValues(
  { key, value }: MapEntry,
  diagnostics: Diagnostics,
): readonly OutputDeclaration[] {
  if (value.kind === "scalar" && value.value === null && !value.interpolated) return [];
  if (value.kind !== "map") {
    diagnostics.add(
      "FP104",
      value.span,
      `"${key}" takes a mapping, not ${value.kind === "sequence" ? "a list" : "a single value"}`,
      "Write NAME: value",
    );
    return [];
  }
  return value.entries.flatMap((entry) => {
    if (entry.bare === true) {
      reportNoKey(entry, `"${key}"`, diagnostics);
      return [];
    }
    if (!VARIABLE_NAME.test(entry.key)) {
      diagnostics.add(
        "FP130",
        entry.keySpan,
        `${looksLikeKey(entry.key) ? `"${entry.key}"` : "This"} is not the name of an environment variable`,
        "Letters, digits and _, not beginning with a digit",
      );
    }
    const result = valueSchema.safeParse(toPlain(entry.value));
    if (!result.success) {
      reportIssues(result.error.issues, { node: entry.value, label: entry.key, known: [] }, diagnostics);
      return [];
    }
    if (isActedOn(entry.key)) {
      diagnostics.add(
        "FP130",
        entry.keySpan,
        `"${entry.key}" is a variable that shells and loaders act on`,
        "Choose another name; whoever sources the outputs file would run what it says",
      );
    }
    const control = /[\p{Cc}\p{Zl}\p{Zp}]/u.exec(result.data)?.[0];
    if (control !== undefined) {
      diagnostics.add(
        "FP111",
        entry.value.span,
        `"${entry.key}" is a line of an env file and has no ${
          /[\r\n]/.test(control) ? "line breaks" : "control characters"
        }`,
      );
    }
    return [{ name: entry.key, value: new Secret(result.data), span: entry.keySpan }];
  });
}

/** Reports names that two values would have. */
export function checkOutputNames(
  entities: readonly Declaration[],
  outputs: readonly OutputDeclaration[],
  diagnostics: Diagnostics,
): void {
  const holders = new Map<string, Span>();
  const claims = [
    ...outputs.map(({ name, span }) => [name, span] as const),
    ...entities.flatMap(({ node, fields }) => {
      const name = "output" in fields ? fields.output : undefined;
      return name === undefined ? [] : [[name, (child(node, "output") ?? node).span] as const];
    }),
  ];
  for (const [name, span] of claims) {
    const other = holders.get(name);
    if (other === undefined) holders.set(name, span);
    else {
      diagnostics.add(
        "FP131",
        span,
        `The output "${name}" is named twice`,
        `The other one is at ${placeOf(other)}`,
      );
    }
  }
}
