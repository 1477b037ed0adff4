/**
 * The hash of what a file declares about an entity (`docs/log.md#columns`): equal for equal wishes, whatever the order
 * of keys.
 */
import { createHash } from "node:crypto";
import type { Declaration } from "../declarations/declaration.ts";
import type { Content } from "../kinds/kind.ts";
import { ALL_SPECS } from "../kinds/specs.ts";
import { secretTexts } from "../source/node.ts";

/**
 * `v1:` and the SHA-256 of the canonical declared content, hexadecimal. `rank` is the place in a list whose order is content,
 * from 0; the first place leaves no trace, so that a list of one has the hash that it had before order counted.
 */
export function contentHash(declaration: Declaration, rank = 0): string {
  const content = ALL_SPECS[declaration.kind].content(declaration.fields);
  const secrets = secretTexts(declaration.node);
  const given = Object.entries(content).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, withoutSecrets(value, secrets)] as const]
  );
  const placed = rank === 0 ? given : [...given, ["rank", rank] as const];
  return hashContent(declaration.kind, Object.fromEntries(placed));
}

/** Secret values that are in public fields leave no trace in the hash: a short one could be guessed from it. */
function withoutSecrets(value: Content, secrets: ReadonlySet<string>): Content {
  if (secrets.size === 0) return value;
  if (typeof value === "string" || typeof value === "number") {
    return secrets.has(String(value)) ? { secret: true } : value;
  }
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, secrets)]));
}

/** The hash of a content of a kind. */
export function hashContent(kind: string, content: Content): string {
  return `v1:${createHash("sha256").update(canonical([kind, content])).digest("hex")}`;
}

/** JSON with sorted keys. */
export function canonical(value: Content): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) =>
      `${JSON.stringify(key)}:${canonical(item)}`
    );
    return `{${parts.join(",")}}`;
  }
  return JSON.stringify(value);
}
