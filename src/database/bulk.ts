/** Rows as bulk statements: one INSERT a table, whatever the number of rows. */
import { type Cell, isJson, isNewId, type NewId, type Row } from "../flagsmith/cell.ts";
import type { Delete, Insert, Update } from "../flagsmith/row_batch.ts";
import type { Catalog, Column } from "./catalog.ts";
import { arrayLiteral, identifier, literal } from "./literal.ts";
import type { Answer } from "./session.ts";

/** Drawn ids: table → ids in the order asked for. */
export type Allocation = ReadonlyMap<string, readonly number[]>;

/** One statement that draws all ids of a run, each from its column's own sequence. */
export function allocationStatement(
  counts: ReadonlyMap<string, number>,
  catalog: Catalog,
): string | undefined {
  const parts: string[] = [];
  for (const [table, count] of counts) {
    const columns = catalog.tables.get(table);
    const sequence = (columns?.get("history_id") ?? columns?.get("id"))?.sequence;
    if (sequence === undefined || count === 0) continue;
    parts.push(
      `SELECT ${literal(table)} AS "table", json_agg(nextval(${
        literal(sequence)
      }::regclass)) AS ids FROM generate_series(1, ${count})`,
    );
  }
  return parts.length === 0 ? undefined : parts.join("\nUNION ALL ");
}

/** Reads the answer of `allocationStatement`. */
export function readAllocation(answer: readonly Answer[]): Allocation {
  return new Map(
    answer.map((
      row,
    ) => [
      String(row["table"]),
      Array.isArray(row["ids"]) ? row["ids"].map(Number).sort((a, b) => a - b) : [],
    ]),
  );
}

/** The drawn value of an id. */
export function drawn(id: NewId, allocation: Allocation): number {
  const value = allocation.get(id.newIdOf)?.[id.ordinal];
  if (value === undefined) throw new RangeError(`Cannot resolve an id of ${id.newIdOf}: none was drawn`);
  return value;
}

function plain(cell: Cell, allocation: Allocation): string | number | boolean | null {
  if (typeof cell !== "object" || cell === null) return cell;
  if (isNewId(cell)) return drawn(cell, allocation);
  return isJson(cell) ? (cell.json === null ? null : JSON.stringify(cell.json)) : cell;
}

function scalar(value: string | number | boolean | null, type: string): string {
  return value === null ? `NULL::${type}` : `${literal(String(value))}::${type}`;
}

/** The INSERTs of a batch, a statement per table and set of columns, in the order in which they first appear. Columns and tables that the live schema lacks are left out. */
export function insertStatements(
  inserts: readonly Insert[],
  allocation: Allocation,
  catalog: Catalog,
): readonly string[] {
  // Rows of tables with a kind all have the same columns; others have those that a file names.
  const groups = Map.groupBy(inserts, ({ table, row }) => `${table} ${Object.keys(row).sort().join(" ")}`);
  const statements: string[] = [];
  for (const group of groups.values()) {
    const table = group[0]?.table ?? "";
    const columns = catalog.tables.get(table);
    if (columns !== undefined) {
      statements.push(insertStatement(table, columns, group.map((i) => i.row), allocation, catalog.schema));
    }
  }
  return statements;
}

function insertStatement(
  table: string,
  columns: ReadonlyMap<string, Column>,
  rows: readonly Row[],
  allocation: Allocation,
  schema: string,
): string {
  const names: string[] = [];
  const selected: string[] = [];
  const arrays: string[] = [];
  for (const column of columns.values()) {
    if (rows[0] === undefined || !(column.name in rows[0])) continue;
    const values = rows.map((row) => plain(row[column.name] ?? null, allocation));
    names.push(identifier(column.name));
    const first = values[0] ?? null;
    if (values.every((value) => value === first)) {
      selected.push(scalar(first, column.type));
    } else {
      arrays.push(arrayLiteral(values, column.type));
      selected.push(`u.c${arrays.length}`);
    }
  }
  const target = `${identifier(schema)}.${identifier(table)} (${names.join(", ")})`;
  if (arrays.length === 0) {
    return `INSERT INTO ${target} SELECT ${selected.join(", ")} FROM generate_series(1, ${rows.length})`;
  }
  const aliases = arrays.map((_, at) => `c${at + 1}`).join(", ");
  return `INSERT INTO ${target} SELECT ${selected.join(", ")} FROM unnest(${
    arrays.join(",\n")
  }) AS u(${aliases})`;
}

/** The UPDATEs of a batch: rows of one table that change the same columns share a statement. */
export function updateStatements(
  updates: readonly Update[],
  allocation: Allocation,
  catalog: Catalog,
): readonly string[] {
  // A row that is changed twice is changed by two statements, the later change last.
  const times = new Map<string, number>();
  const waves = updates.map((update) => {
    const row = JSON.stringify([update.table, update.key]);
    const wave = times.get(row) ?? 0;
    times.set(row, wave + 1);
    return { update, wave };
  }).sort((a, b) => a.wave - b.wave);
  const groups = Map.groupBy(
    waves,
    ({ update: { table, key, after }, wave }) =>
      JSON.stringify([wave, table, Object.keys(key), Object.keys(after).sort()]),
  );
  const statements: string[] = [];
  for (const waved of groups.values()) {
    const group = waved.map(({ update }) => update);
    const [first] = group;
    const columns = first === undefined ? undefined : catalog.tables.get(first.table);
    if (first === undefined || columns === undefined) continue;
    const keys = Object.keys(first.key).map((name) => columns.get(name)).filter((c) => c !== undefined);
    const set = Object.keys(first.after).sort().map((name) => columns.get(name)).filter((c) =>
      c !== undefined
    );
    if (set.length === 0) continue;
    const arrays = [
      ...keys.map((c) => arrayLiteral(group.map((u) => plain(u.key[c.name] ?? null, allocation)), c.type)),
      ...set.map((c) => arrayLiteral(group.map((u) => plain(u.after[c.name] ?? null, allocation)), c.type)),
    ];
    const aliases = [...keys.map((_, at) => `k${at}`), ...set.map((_, at) => `s${at}`)].join(", ");
    statements.push(
      `UPDATE ${identifier(catalog.schema)}.${identifier(first.table)} AS t SET ${
        set.map((c, at) => `${identifier(c.name)} = u.s${at}`).join(", ")
      }
FROM unnest(${arrays.join(",\n")}) AS u(${aliases}) WHERE ${
        keys.map((c, at) => `t.${identifier(c.name)} = u.k${at}`).join(" AND ")
      }`,
    );
  }
  return statements;
}

/** The DELETEs of a batch, a statement per table and key. */
export function deleteStatements(deletes: readonly Delete[], catalog: Catalog): readonly string[] {
  const shape = (row: Delete): string => JSON.stringify([row.table, Object.keys(row.key)]);
  const statements: string[] = [];
  for (const group of Map.groupBy(deletes, shape).values()) {
    const [first] = group;
    const columns = first === undefined ? undefined : catalog.tables.get(first.table);
    if (first === undefined || columns === undefined) continue;
    const keys = Object.keys(first.key).map((name) => columns.get(name)).filter((c) => c !== undefined);
    const arrays = keys.map((c) =>
      arrayLiteral(group.map((d) => plain(d.key[c.name] ?? null, new Map())), c.type)
    );
    statements.push(
      `DELETE FROM ${identifier(catalog.schema)}.${identifier(first.table)} AS t USING unnest(${
        arrays.join(",\n")
      }) AS u(${keys.map((_, at) => `k${at}`).join(", ")}) WHERE ${
        keys.map((c, at) => `t.${identifier(c.name)} = u.k${at}`).join(" AND ")
      }`,
    );
  }
  return statements;
}
