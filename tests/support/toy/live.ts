/** Where live toys are, and which columns their fields declare. */
import { idAndUuid, type TableMapping } from "../../../src/kinds/live.ts";
import type { ToyFields } from "./spec.ts";

/** Live rows of the kind. */
export const toyLive: TableMapping<ToyFields> = {
  table: "toys_toy",
  match: { columns: [{ column: "name" }] },
  parentColumn: "project_id",
  live: [],
  secretColumns: { recipe: "secret" },
  primaryKey: "id",
  identity: idAndUuid,
  writes: ["toys_toy"],
  columns: ({ code, recipe, in_stock }) => ({ code, recipe, is_available: in_stock }),
  fieldNames: { is_available: "in_stock" },
};
