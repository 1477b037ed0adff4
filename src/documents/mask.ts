/** Which stretches of a file no snippet may show, known from the keys alone, so that a mistyped or misplaced key still hides its value. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/suggest.ts";
import type { Node } from "../source/node.ts";

const SECRET_KEYS = ["password", "password_hash", "key"];
const SECRET_WORDS = /pass|pwd|secret|token|credential|private|hash|\bkey$|_key$/i;

/** The one list whose items have a public `key`. */
const OPTIONS = "multivariate_options";

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
        if (isSecretKey(entry.key) && !(entry.key === "key" && below === OPTIONS)) {
          diagnostics.mask(entry.value.span);
        }
        maskSecretValues(entry.value, diagnostics, entry.key);
      }
  }
}

function isSecretKey(key: string): boolean {
  if (key === "api_key") return false;
  return SECRET_KEYS.includes(key) || SECRET_WORDS.test(key) ||
    nearest(key, SECRET_KEYS.slice(0, 2)).length > 0;
}
