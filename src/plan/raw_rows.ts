/** Rows of tables without a kind against the live catalog and rows: what is to happen to each. */
import type { Catalog, Column } from "../database/catalog.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { RawCell } from "../declarations/raw_rows.ts";
import type { RowResource } from "../graph/resource.ts";
import type { Content } from "../kinds/kind.ts";
import { hashContent } from "../log/content_hash.ts";
import type { Decision, RowDecision, SkipReason } from "./plan.ts";
import { isOpen } from "../log/is_active.ts";
import type { RawState } from "../snapshot/live_raw_rows.ts";
import type { DatabaseState } from "../snapshot/state.ts";

/** Decides about every row. `known` are the decisions about entities. */
export function decideRows(
  rows: readonly RowResource[],
  raw: RawState,
  state: DatabaseState,
  known: ReadonlyMap<number, Decision>,
  diagnostics: Diagnostics,
): readonly RowDecision[] {
  return rows.map((resource, at): RowDecision => {
    const { row, address, targets } = resource;
    const live = raw.live.get(at) ?? [];
    const [primaryKey = "", ...others] = raw.primaryKeys.get(row.table) ?? [];
    const hash = hashContent("row", contentOf(resource));
    const event = raw.events.get(address);
    const logged = isOpen(event);
    const decision = (action: RowDecision["action"], more: Partial<RowDecision> = {}): RowDecision => ({
      action,
      resource,
      hash,
      primaryKey,
      live: live[0]?.row,
      fields: [],
      reason: undefined,
      differs: false,
      ...more,
    });
    const skip = (reason: SkipReason, differs = false): RowDecision => decision("skip", { reason, differs });
    if (primaryKey === "" || others.length > 0) {
      diagnostics.add("FP305", row.span, `Table ${row.table} has no primary key of one column`);
      return skip({ kind: "exists" });
    }
    if (live.length > 1) {
      diagnostics.add(
        "FP301",
        row.span,
        `The database holds ${live.length} rows of ${row.table} with this key`,
        "Name more columns in key; the tool does not guess",
      );
    }
    if (row.policy.ensure === "absent") {
      return live.length === 0 ? skip({ kind: "absent" }) : decision("delete");
    }
    const missing = [...targets.values()].find((target) => {
      const above = known.get(target.index);
      return above?.action === "skip" && above.live === undefined;
    });
    const [first] = live;
    if (first === undefined) {
      if (missing !== undefined) return skip({ kind: "parent", what: `"${missing.name}" does not exist` });
      if (logged && row.policy.onMissing === "leave") return skip({ kind: "left" });
      checkRequired(resource, primaryKey, state.catalog, diagnostics);
      return decision("create");
    }
    const same = logged && (event.contentHash === hash || first.differing.length === 0);
    switch (row.policy.onExists) {
      case "skip":
        return skip({ kind: "exists" }, logged && !same);
      case "fail":
        if (!same) {
          diagnostics.add(
            "FP302",
            row.span,
            `The row ${address} exists already`,
            "on_exists: fail was asked for",
          );
        }
        return skip({ kind: "exists" });
      case "update":
        if (first.differing.length > 0) return decision("update", { fields: first.differing });
        return logged ? skip({ kind: "exists" }) : decision("adopt");
    }
  });
}

/** What a file says of a row, without secrets. */
function contentOf({ row }: RowResource): Content {
  const cells = (list: readonly RawCell[]): Content =>
    Object.fromEntries(
      list.filter((cell) => !cell.secret).map(({ column, value }): [string, Content] => [
        column,
        value.kind === "reference"
          ? `${value.of}:${value.path.join("/")}`
          : value.kind === "json"
          ? value.json as Content
          : value.text,
      ]),
    );
  return { table: row.table, key: cells(row.key), set: cells(row.set) };
}

/** Reports columns that must be filled and that nobody fills. */
function checkRequired(
  { row }: RowResource,
  primaryKey: string,
  catalog: Catalog,
  diagnostics: Diagnostics,
): void {
  const given = new Set([
    ...[...row.key, ...row.set].map((cell) => cell.column),
    ...(catalog.fills.get(row.table) ?? []).map((fill) => fill.column),
  ]);
  const columns = [...catalog.tables.get(row.table)?.values() ?? []];
  const left = columns.filter((c) =>
    c.notNull && !given.has(c.name) && (c.name === primaryKey ? !canDraw(c) : !c.hasDefault)
  );
  if (left.length === 0) return;
  diagnostics.add(
    "FP305",
    row.span,
    `A new row of ${row.table} needs ${left.map((c) => `${c.name} (${c.type})`).join(", ")}`,
    "Add them under set; Django fills its defaults itself, the database does not know them",
  );
}

/** True for a primary key that the tool can make: from the column's sequence, or a random uuid. */
export function canDraw(column: Column): boolean {
  return (column.name === "id" && column.sequence !== undefined) || column.type === "uuid";
}
