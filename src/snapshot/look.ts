/** What readers look at: the database as it is, or as it will be once some rows are removed. */
import type { Catalog } from "../database/catalog.ts";
import { column as columnOf, type Fragment, sql } from "../database/statement.ts";
import { allRows, rowsWithout } from "../database/table_source.ts";
import { keyArray, type RowSet } from "../database/row_set.ts";
import type { TableSource } from "../database/table_source.ts";
import type { LastEvent } from "../log/events.ts";
import type { RowGraph } from "../removal/edges.ts";
import { closedPriority, type EntityToRemove } from "../removal/roots.ts";
import { amongRows } from "../removal/remove_entities.ts";

/** A way to look at the database. */
export interface Look {
  readonly catalog: Catalog;
  /** SQL of a table's rows. */
  readonly from: TableSource;
  /** The newest event of an address as it will be. */
  readonly eventOf: (address: string, event: LastEvent) => LastEvent;
}

/** The database as it is. */
export function lookAtAll(catalog: Catalog): Look {
  return { catalog, from: allRows(catalog.schema), eventOf: (_address, event) => event };
}

/**
 * The database as it will be when `rows` are gone, which are the closure of the entities of `leaving`: authors are none, the
 * other overrides of a flag have moved up, and the log knows that the entities were deleted.
 */
export function lookWithout(
  catalog: Catalog,
  graph: RowGraph,
  rows: RowSet,
  leaving: readonly (EntityToRemove & { readonly address: string })[],
): Look {
  const replaced = new Map<string, Map<string, Fragment>>();
  const replace = (table: string, column: string, value: Fragment): void => {
    const columns = replaced.get(table) ?? new Map<string, Fragment>();
    replaced.set(table, columns.set(column, value));
  };
  for (const [table, ids] of rows) {
    const type = graph.keys.get(table)?.type;
    for (const edge of graph.into.get(table) ?? []) {
      if (edge.then !== "null" || edge.loose || type === undefined) continue;
      const column = columnOf("t", edge.column);
      const gone = sql`${column} IN (SELECT unnest(${keyArray(ids, type)}))`;
      replace(edge.table, edge.column, sql`CASE WHEN ${gone} THEN NULL ELSE ${column} END`);
    }
  }
  const priority = closedPriority(catalog.schema, leaving);
  if (priority !== undefined) replace("features_featuresegment", "priority", priority);
  const addresses = new Set(leaving.map((l) => l.address));
  const isGone = amongRows(rows);
  return {
    catalog,
    from: rowsWithout(
      catalog.schema,
      { rows, keys: graph.keys, replaced },
      (table) => catalog.tables.get(table)?.keys(),
    ),
    eventOf: (address, event) =>
      addresses.has(address) || isGone(event)
        ? { seq: Infinity, event: "deleted", contentHash: undefined, rows: {}, details: {} }
        : event,
  };
}
