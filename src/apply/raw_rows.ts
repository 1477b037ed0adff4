/** Rows of tables without a kind: into the batch, and into the log. */
import { type Allocation, drawn } from "../database/bulk.ts";
import type { Catalog } from "../database/catalog.ts";
import { array, typeName } from "../database/render.ts";
import { column as columnOf, query, type Statement, tableIn } from "../database/statement.ts";
import { type NewEvent, ranges } from "../log/events.ts";
import { formerSecrets } from "../log/secret_columns.ts";
import type { Answer } from "../database/session.ts";
import type { RawCell } from "../declarations/raw_rows.ts";
import { type Cell, type Id, isNewId, type Row } from "../flagsmith/cell.ts";
import type { RowBatch } from "../flagsmith/row_batch.ts";
import type { Resource } from "../graph/resource.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { typedText } from "../plan/compare_rows.ts";
import { Secret } from "../source/secret.ts";
import type { RowDecision } from "../plan/plan.ts";
import { secretCell } from "./secret_cells.ts";
import { filledColumns } from "./events.ts";
import { rowSum } from "../log/row_fingerprint.ts";

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
  { catalog, raw }: Pick<Snapshot, "catalog" | "raw">,
): readonly WrittenRow[] {
  batch.end();
  return decisions.flatMap((decision): readonly WrittenRow[] => {
    const { resource: { row, targets, address }, primaryKey, live, action } = decision;
    const fields = decision.changes.map(({ field }) => field);
    if (action !== "create" && action !== "update" && action !== "adopt") return [];
    const columns = catalog.tables.get(row.table);
    const cellOf = (cell: RawCell): Cell => (cell.secret ? secretCell(plainCellOf(cell)) : plainCellOf(cell));
    const plainCellOf = ({ column, value }: RawCell): Cell => {
      const target = targets.get(column);
      if (target !== undefined) return idOf(target);
      if (value.kind === "json") return { json: value.json };
      const text = value.kind === "text" ? value.text : null;
      const isJson = /^jsonb?$/.test(columns?.get(column)?.type ?? "");
      return isJson && text !== null ? { json: text } : text;
    };
    const cells = (list: readonly RawCell[]): Row =>
      Object.fromEntries(list.map((cell) => [cell.column, cellOf(cell)]));
    const secrets = new Set([
      ...row.set.filter((cell) => cell.secret).map((cell) => cell.column),
      ...formerSecrets(raw.events.get(address)?.details),
    ]);
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

/** The value of a written cell as JSON of its row shows it. */
function writtenValue(
  { decision: { resource: { row } }, cells }: WrittenRow,
  column: string,
  allocation: Allocation,
  catalog: Catalog,
): unknown {
  const cell = cells[column] ?? null;
  if (isNewId(cell)) return drawn(cell, allocation);
  // What is secret is neither shown nor logged.
  if (cell instanceof Secret) return String(cell);
  if (typeof cell === "object" && cell !== null) return cell.json;
  const type = catalog.tables.get(row.table)?.get(column)?.type ?? "";
  return typeof cell === "string" ? typedText(cell, type) : cell;
}

function primaryKeyOf(written: WrittenRow, allocation: Allocation, catalog: Catalog): string | number {
  const { live, primaryKey, action } = written.decision;
  const id = action === "create"
    ? writtenValue(written, primaryKey, allocation, catalog)
    : live?.[primaryKey];
  return typeof id === "number" ? id : String(id);
}

/**
 * Reads the rows as they were written: no other way tells what defaults and triggers made of them, nor how PostgreSQL
 * writes their values. A statement for each table; `rawRowEvents` takes the answers.
 */
export function writtenRowsStatements(
  written: readonly WrittenRow[],
  allocation: Allocation,
  catalog: Catalog,
): readonly Statement[] {
  const tables = Map.groupBy(written, ({ decision }) => decision.resource.row.table);
  return [...tables].flatMap(([table, group]) => {
    const [first] = group;
    if (first === undefined) return [];
    const { primaryKey } = first.decision;
    const key = columnOf("t", primaryKey);
    const keys = group.map((row) => String(primaryKeyOf(row, allocation, catalog)));
    return [
      query`SELECT ${table} AS "table", ${key}::text AS key, row_to_json(t.*) AS row FROM ${
        tableIn(catalog.schema, table)
      } t WHERE ${key} = ANY(${
        array(keys, typeName(catalog.tables.get(table)?.get(primaryKey)?.type ?? "text"))
      })`,
    ];
  });
}

/** The events of rows that were written; rows that went are closed by what removed them. */
export function rawRowEvents(
  written: readonly WrittenRow[],
  allocation: Allocation,
  catalog: Catalog,
  answers: readonly (readonly Answer[])[],
): readonly NewEvent[] {
  const rows = new Map(
    answers.flat().map((answer) => [JSON.stringify([answer["table"], answer["key"]]), Object(answer["row"])]),
  );
  return written.map((writtenRow): NewEvent => {
    const { decision, cells, secrets } = writtenRow;
    const { resource: { row, address }, hash, live, primaryKey, action } = decision;
    const typeOf = (column: string): string => catalog.tables.get(row.table)?.get(column)?.type ?? "";
    const value = (column: string): unknown => writtenValue(writtenRow, column, allocation, catalog);
    const key = primaryKeyOf(writtenRow, allocation, catalog);
    const arrived: Readonly<Record<string, unknown>> = rows.get(JSON.stringify([row.table, String(key)])) ??
      {};
    const sum = rowSum(
      row.table,
      arrived,
      catalog.tables.get(row.table),
      secrets,
    );
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
          ? { inserted: { [row.table]: typeof key === "number" ? ranges([key]) : key } }
          : {}),
        ...(sum === undefined ? {} : { sums: { [row.table]: { [key]: sum } } }),
        ...(action === "update"
          ? {
            updated: [{
              table: row.table,
              key: { [primaryKey]: key },
              columns: Object.fromEntries(
                Object.keys(cells).map((column) => [
                  column,
                  [
                    shown(column, live?.[column] ?? null),
                    // As PostgreSQL writes it, or a teardown would take it for the change of somebody else.
                    shown(column, column in arrived ? arrived[column] : value(column)),
                  ] as const,
                ]),
              ),
            }],
          }
          : {}),
      },
      details: {
        ...(secrets.size === 0 ? {} : { secret: [...secrets].sort() }),
        ...(action === "create" ? filledColumns([row.table], catalog) : {}),
      },
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
