/** Fields that may be left out. */
import type { Json } from "../../../tests/support/dump.ts";

/** Only what is not `undefined`. */
export function defined(fields: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}
