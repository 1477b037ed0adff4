/** The hash of what a file declares about an entity (`spec` section 7): equal for equal wishes, whatever the order of keys. */
import { createHash } from "node:crypto";
import type { Declaration } from "../documents/declaration.ts";
import type { Content } from "../kinds/kind.ts";
import { ALL_SPECS } from "../kinds/specs.ts";

/** `v1:` and the SHA-256 of the canonical declared content, hexadecimal. */
export function contentHash(declaration: Declaration): string {
  const content = ALL_SPECS[declaration.kind].content(declaration.fields);
  const given = Object.entries(content).flatMap((
    [key, value],
  ) => (value === undefined ? [] : [[key, value] as const]));
  return hashContent(declaration.kind, Object.fromEntries(given));
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
