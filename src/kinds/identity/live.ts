/** Where live rows of the kind are, and which columns its fields declare. */
import { sql } from "../../database/statement.ts";
import type { Content } from "../kind.ts";
import { holdsValue, VALUE_COLUMN, valueOf } from "../link_live_rows.ts";
import { idOnly, type TableMapping } from "../live.ts";
import type { Row } from "../../flagsmith/cell.ts";
import type { IdentityFields } from "./spec.ts";

/** The live traits of an identity by key. */
export function liveTraits(extra: unknown): ReadonlyMap<string, Row> {
  const list: unknown = Object(extra)["traits"];
  return new Map(
    (Array.isArray(list) ? list : []).map((row: Row) => [String(row["trait_key"]), row]),
  );
}

/** Live rows of the kind; (environment, identifier) is unique in the database. */
export const identityLive: TableMapping<IdentityFields> = {
  table: "environments_identity",
  match: { columns: [{ column: "identifier" }] },
  indexed: true,
  parentColumn: "environment_id",
  live: [],
  primaryKey: "id",
  identity: idOnly,
  writes: ["environments_identity", "environments_trait"],
  extra: (table) =>
    sql`json_build_object('traits', (SELECT json_agg(row_to_json(x.*) ORDER BY x.id) FROM ${
      table("environments_trait")
    } x WHERE x.identity_id = t.id))`,
  differs: (fields, live) => {
    const rows = liveTraits(live.extra);
    const counts = { added: 0, changed: 0, removed: 0 };
    // Keys are anybody's: an object literal would take "__proto__" for its prototype.
    const from = new Map<string, Content>();
    const to = new Map<string, Content>();
    for (const [key, value] of Object.entries(fields.traits ?? {})) {
      const row = rows.get(key);
      if (row !== undefined && holdsValue(row, { ...value }, "value_type")) continue;
      counts[row === undefined ? "added" : "changed"] += 1;
      if (row !== undefined) from.set(key, valueOf(row, "value_type"));
      to.set(key, valueOf({ ...value }, "value_type"));
    }
    if (counts.added + counts.changed === 0) return [];
    return [{
      field: "traits",
      counts,
      from: Object.fromEntries(from),
      to: Object.fromEntries(to),
      columns: Object.values(VALUE_COLUMN),
    }];
  },
  columns: () => ({}),
};
