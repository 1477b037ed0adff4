/** Keys that the format does not have. */
import { capitalize } from "../diagnostics/capitalize.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { looksLikeKey, type MapEntry } from "./node.ts";

/**
 * Adds FP102. A key is repeated only when it looks like one and has a value: `{password:secret}`, without the blank, makes a
 * key of both, and nobody can tell what stands there.
 */
export function reportUnknownKey(
  entry: MapEntry,
  of: string,
  hint: () => string | undefined,
  diagnostics: Diagnostics,
): void {
  const { key, keySpan } = entry;
  if (looksLikeKey(key) && hasValue(entry)) {
    diagnostics.add(
      "FP102",
      keySpan,
      `"${key}" is not a key of ${of}`,
      diagnostics.wantsHints ? hint() : undefined,
    );
    return;
  }
  reportNoKey(entry, of, diagnostics);
}

/** Adds FP102 for what stands where a mapping has a key and is none; what it says is not shown. */
export function reportNoKey({ keySpan }: MapEntry, of: string, diagnostics: Diagnostics): void {
  diagnostics.mask(keySpan);
  diagnostics.add(
    "FP102",
    keySpan,
    `${capitalize(of)} contains something that is not a key`,
    'Write a blank behind the colon of a key, and quotes around a value that holds ",", ":" or "#"',
  );
}

function hasValue({ value }: MapEntry): boolean {
  return value.kind !== "scalar" || value.value !== null || value.span.end > value.span.start || value.mocked;
}
