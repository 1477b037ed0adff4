/** Which stretches of a file no snippet may show, known from the keys alone, so that a mistyped or misplaced key still hides its value. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/suggest.ts";
import type { Node } from "../source/node.ts";

const SECRET_KEYS = ["password", "password_hash", "key"];
const SECRET_WORDS = /pass|pwd|secret|token|credential|private|hash|\bkey$|_key$/i;

/** Keys of the format that look like names of secrets and are not. */
const PUBLIC_KEYS = ["api_key", "generate_password"];

/** The one list whose items have a public `key`. */
const OPTIONS = "multivariate_options";

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
        const isPublic = (entry.key === "key" && below === OPTIONS) ||
          (PUBLIC_OF_ROWS.includes(entry.key) && below === ROWS);
        if (isSecretKey(entry.key) && !isPublic) diagnostics.mask(entry.value.span);
        // A mistyped name of a secret column hides its value, too: where one is secret, no value of the row is shown.
        if (below === ROWS && entry.key === "set" && node.entries.some((e) => e.key === "secret")) {
          diagnostics.mask(entry.value.span);
        }
        maskSecretValues(entry.value, diagnostics, entry.key);
      }
  }
}

function isSecretKey(key: string): boolean {
  if (PUBLIC_KEYS.includes(key)) return false;
  return SECRET_KEYS.includes(key) || SECRET_WORDS.test(key) ||
    nearest(key, SECRET_KEYS).length > 0;
}
