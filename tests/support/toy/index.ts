/** The kind `toy`: none of Flagsmith's, made up to prove that a kind is one folder and one line. */
import type { Kind } from "../../../src/kinds/record.ts";
import { type ToyFields, toySpec } from "./spec.ts";

/** Its record. */
export const toy: Kind<"toy", ToyFields> = {
  spec: toySpec,
  nameColumn: "name",
  rotates: "key",
  handsOut: { column: "box_key" },
  rows: async () => (await import("./rows.ts")).toyRows,
};
