/** What the database shows to be wrong with declared rows of tables without a kind. */
import type { Catalog, Column } from "../database/catalog.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { ComparedRow } from "./compare_rows.ts";

/** Reports tables without a primary key of one column, and keys that several rows have. */
export function checkDeclaredRow(
  { resource: { row }, comparison, primaryKey }: ComparedRow,
  diagnostics: Diagnostics,
): void {
  if (primaryKey === "") {
    diagnostics.add("FP305", row.span, `Table ${row.table} has no primary key of one column`);
  } else if (comparison.relation === "duplicated") {
    diagnostics.add(
      "FP301",
      row.span,
      `The database holds ${comparison.rows.length} rows of ${row.table} with this key`,
      "Name more columns in key; the tool does not guess",
    );
  }
}

/** Reports columns that must be filled and that nobody fills. */
export function checkNewRow(
  { resource: { row }, primaryKey }: ComparedRow,
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
function canDraw(column: Column): boolean {
  return (column.name === "id" && column.sequence !== undefined) || column.type === "uuid";
}
