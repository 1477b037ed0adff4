/** Which stretches of a file no snippet may show, known from the keys alone, so that a mistyped or misplaced key still hides its value. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/suggest.ts";
import { formatKeys } from "../kinds/secrets.ts";
import type { Node } from "../source/node.ts";

/** What else looks like the name of a secret, mistyped or of a field that the format does not have. */
const SECRET_WORDS = /pass|pwd|secret|token|credential|private|hash|\bkey$|_key$/i;

/** The list whose items name their secret columns, and the keys of an item that are public. */
const ROWS = "rows";
const PUBLIC_OF_ROWS = ["key", "secret"];

/** Masks every value below a key that is, or looks like, the name of a secret field; `below` is the key above the node. */
export function maskSecretValues(node: Node, diagnostics: Diagnostics, below?: string): void {
  switch (node.kind) {
    case "scalar":
      if (node.secret) diagnostics.mask(node.span);
      return;
    case "sequence":
      for (const item of node.items) maskSecretValues(item, diagnostics, below);
      return;
    case "map":
      for (const entry of node.entries) {
        if (isSecretKey(entry.key, below)) diagnostics.mask(entry.value.span);
        // A mistyped name of a secret column hides its value, too: where one is secret, no value of the row is shown.
        if (below === ROWS && entry.key === "set" && node.entries.some((e) => e.key === "secret")) {
          diagnostics.mask(entry.value.span);
        }
        maskSecretValues(entry.value, diagnostics, entry.key);
      }
  }
}

function isSecretKey(key: string, below: string | undefined): boolean {
  if (below === ROWS && PUBLIC_OF_ROWS.includes(key)) return false;
  const keys = formatKeys();
  if (keys.publicBelow.get(below ?? "")?.has(key) === true) return false;
  if (keys.secret.has(key)) return true;
  return !keys.public.has(key) && (SECRET_WORDS.test(key) || nearest(key, [...keys.secret]).length > 0);
}
