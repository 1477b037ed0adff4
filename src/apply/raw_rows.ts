/** Rows of tables without a kind: into the batch, and into the log. */
import { type Allocation, drawn } from "../database/bulk.ts";
import type { Catalog } from "../database/catalog.ts";
import { type NewEvent, ranges } from "../database/log.ts";
import type { RawCell } from "../documents/raw_rows.ts";
import { type Cell, type Id, isNewId, type Row } from "../flagsmith/cell.ts";
import type { RowBatch } from "../flagsmith/row_batch.ts";
import type { Resource } from "../graph/resource.ts";
import type { RowDecision } from "../plan/raw_rows.ts";

/** What was written for one row. */
export interface WrittenRow {
  readonly decision: RowDecision;
  /** The new row, or the changed columns. */
  readonly cells: Row;
  readonly secrets: ReadonlySet<string>;
}

/** Puts the rows of a plan into the batch. */
export function writeRawRows(
  decisions: readonly RowDecision[],
  batch: RowBatch,
  idOf: (resource: Resource) => Id,
  uuid: () => string,
  catalog: Catalog,
): readonly WrittenRow[] {
  return decisions.flatMap((decision): readonly WrittenRow[] => {
    const { resource: { row, targets }, primaryKey, live, fields, action } = decision;
    if (action !== "create" && action !== "update" && action !== "adopt") return [];
    const columns = catalog.tables.get(row.table);
    const cellOf = ({ column, value }: RawCell): Cell => {
      const target = targets.get(column);
      if (target !== undefined) return idOf(target);
      if (value.kind === "json") return { json: value.json };
      const text = value.kind === "text" ? value.text : null;
      const isJson = /^jsonb?$/.test(columns?.get(column)?.type ?? "");
      return isJson && text !== null ? { json: text } : text;
    };
    const cells = (list: readonly RawCell[]): Row =>
      Object.fromEntries(list.map((cell) => [cell.column, cellOf(cell)]));
    const secrets = new Set(row.set.filter((cell) => cell.secret).map((cell) => cell.column));
    if (action === "create") {
      const given = { ...cells(row.key), ...cells(row.set) };
      const own = primaryKey in given ? {} : {
        [primaryKey]: columns?.get(primaryKey)?.type === "uuid" ? uuid() : batch.newId(row.table),
      };
      const created = batch.insert(row.table, { ...own, ...given });
      return [{ decision, cells: created, secrets }];
    }
    const changed = cells(row.set.filter((cell) => fields.includes(cell.column)));
    if (action === "update") {
      const before = Object.fromEntries(fields.map((column) => [column, plainCell(live?.[column])]));
      batch.update(row.table, { [primaryKey]: plainCell(live?.[primaryKey]) }, before, changed);
    }
    return [{ decision, cells: changed, secrets }];
  });
}

function plainCell(value: unknown): Cell {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return value === null || value === undefined ? null : { json: value };
}

/** The events of rows that were written; rows that went are closed by what removed them. */
export function rawRowEvents(
  written: readonly WrittenRow[],
  allocation: Allocation,
  catalog: Catalog,
): readonly NewEvent[] {
  return written.map(({ decision, cells, secrets }): NewEvent => {
    const { resource: { row, address }, hash, live, primaryKey, action } = decision;
    const typeOf = (column: string): string => catalog.tables.get(row.table)?.get(column)?.type ?? "";
    const value = (column: string): unknown => {
      const cell = cells[column] ?? null;
      if (isNewId(cell)) return drawn(cell, allocation);
      return typeof cell === "object" && cell !== null ? cell.json : asLive(cell, typeOf(column));
    };
    const id = action === "create" ? value(primaryKey) : live?.[primaryKey];
    const key = typeof id === "number" ? id : String(id);
    const shown = (
      column: string,
      content: unknown,
    ): unknown => (secrets.has(column) ? { secret: true } : content);
    return {
      event: action === "create" ? "created" : action === "adopt" ? "adopted" : "updated",
      kind: "row",
      address,
      contentHash: hash,
      rows: {
        own: {
          table: row.table,
          key: { [primaryKey]: key },
          ...(action === "create" ? { natural: naturalKey(row.key, value, typeOf) } : {
            natural: Object.fromEntries(row.key.map(({ column }) => [column, live?.[column] ?? null])),
          }),
        },
        ...(action === "create"
          ? { inserted: { [row.table]: typeof id === "number" ? ranges([id]) : String(id) } }
          : {}),
        ...(action === "update"
          ? {
            updated: [{
              table: row.table,
              key: { [primaryKey]: key },
              columns: Object.fromEntries(
                Object.keys(cells).map((column) => [
                  column,
                  [shown(column, live?.[column] ?? null), shown(column, value(column))] as const,
                ]),
              ),
            }],
          }
          : {}),
      },
      details: secrets.size === 0 ? {} : { secret: [...secrets].sort() },
    };
  });
}

/** The key as the live row shows it: typed, and without columns whose text PostgreSQL writes in its own way. */
function naturalKey(
  key: readonly RawCell[],
  typed: (column: string) => unknown,
  typeOf: (column: string) => string,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    key.filter(({ column }) =>
      /^(smallint|integer|bigint|numeric|double|real|boolean|character|text|uuid)/.test(typeOf(column))
    )
      .map(({ column }) => [column, typed(column)]),
  );
}

/** A value as JSON of the row would have it: numbers and booleans come as text. */
function asLive(content: unknown, type: string): unknown {
  if (typeof content !== "string") return content;
  if (/^(smallint|integer|bigint|numeric|double|real)/.test(type)) return Number(content);
  return type === "boolean" ? content === "true" : content;
}
