/** What stands in the way of a column that goes back to its old value: a row that holds it now, shares that grew meanwhile. */
import type { Ask } from "../database/ask.ts";
import { castType } from "../database/column_value.ts";
import { array, texts, typeName } from "../database/render.ts";
import type { RowSet } from "../database/row_set.ts";
import {
  all,
  column as columnOf,
  identifier,
  join,
  list,
  query,
  sql,
  type Statement,
} from "../database/statement.ts";
import { pythonSum } from "../flagsmith/python/sum.ts";
import { name } from "../removal/closure.ts";
import type { RowGraph } from "../removal/edges.ts";
import { arrayElement, type Columns, keyText, rowName } from "./logged_values.ts";

/** A live row of which columns are to go back. */
export interface Returning {
  readonly table: string;
  readonly key: Readonly<Record<string, unknown>>;
  /** What it holds now. */
  readonly row: Readonly<Record<string, unknown>>;
  /** What its columns go back to. */
  readonly columns: ReadonlyMap<string, unknown>;
}

/** Why a column cannot go back. */
export type Obstacle = "taken" | "shares";

/** What cannot go back, by `obstacleName()`. */
export type Obstacles = ReadonlyMap<string, Obstacle>;

/** One text for a column of a row. */
export function obstacleName(table: string, key: unknown, column: string): string {
  return `${rowName(table, key)} ${column}`;
}

/** A set of columns of which a table allows each combination once; those of `lower` without regard to case. */
interface Unique {
  readonly table: string;
  readonly columns: readonly string[];
  readonly lower: boolean;
}

/** Tables whose rows hold shares: those of one `of` are at most 100 together. */
const SHARES: readonly { readonly table: string; readonly of: string; readonly column: string }[] = [
  {
    table: "multivariate_multivariatefeaturestatevalue",
    of: "feature_state_id",
    column: "percentage_allocation",
  },
  {
    table: "multivariate_multivariatefeatureoption",
    of: "feature_id",
    column: "default_percentage_allocation",
  },
];

/** Looks for rows of others that stand in the way; `removed` are those that go in the same transaction. */
export async function obstacles(
  ask: Ask,
  graph: RowGraph,
  rows: readonly Returning[],
  coming: readonly { readonly table: string; readonly row: Readonly<Record<string, unknown>> }[],
  removed: RowSet,
  columns: Columns,
): Promise<Obstacles> {
  if (rows.length === 0) return new Map();
  const tables = [...new Set(rows.map(({ table }) => table))];
  const shares = SHARES.filter(({ table, column }) =>
    rows.some((row) => row.table === table && row.columns.has(column))
  );
  const [indexes = [], ...siblings] = await ask("read what stands in the way", [
    uniqueStatement(graph.schema, tables),
    ...shares.map(({ table, of, column }) => {
      const parents = rows.filter((row) => row.table === table).map(({ row }) => Number(row[of]));
      return query`SELECT id::text AS id, ${identifier(of)}::text AS parent, ${
        identifier(column)
      } AS share FROM ${name(graph, table)} WHERE ${identifier(of)} = ANY(${array(parents, sql`int4`)})`;
    }),
  ]);
  const found = new Map<string, Obstacle>();
  for (const [at, { table, of, column }] of shares.entries()) {
    const live = (siblings[at] ?? []).filter((row) => removed.get(table)?.has(String(row["id"])) !== true);
    for (const [parent, group] of Map.groupBy(live, (row) => String(row["parent"]))) {
      const back = rows.filter((row) => row.table === table && String(row.row[of]) === parent);
      const targets = new Map(back.map((row) => [keyText(row.key), row.columns.get(column)]));
      const more = coming.filter((row) => row.table === table && String(row.row[of]) === parent);
      const after = pythonSum([
        ...group.map((row) => Number(targets.get(String(row["id"])) ?? row["share"])),
        ...more.map((row) => Number(row.row[column])),
      ]);
      if (after <= 100 || after <= pythonSum(group.map((row) => Number(row["share"])))) continue;
      for (const row of back) found.set(obstacleName(table, row.key, column), "shares");
    }
  }
  const checks = indexes.map(uniqueOf).flatMap((unique) => {
    const moving = rows.filter((row) =>
      row.table === unique.table && unique.columns.some((column) => row.columns.has(column))
    );
    return moving.length === 0 ? [] : [{ unique, moving }];
  });
  if (checks.length === 0) return found;
  const answers = await ask(
    "read what stands in the way",
    checks.map(({ unique, moving }) => takenStatement(graph, unique, moving, columns)),
  );
  const waiting: Waiting[] = [];
  for (const [at, { unique, moving }] of checks.entries()) {
    const block = (row: Returning): void => {
      for (const column of unique.columns) {
        if (row.columns.has(column)) found.set(obstacleName(unique.table, row.key, column), "taken");
      }
    };
    for (const row of meeting(unique, moving)) block(row);
    const byKey = new Map(moving.map((row) => [keyText(row.key), row]));
    for (const row of answers[at] ?? []) {
      const holder = String(row["holder"]);
      if (removed.get(unique.table)?.has(holder) === true) continue;
      const returning = moving[Number(row["n"]) - 1];
      const other = byKey.get(holder);
      if (returning === undefined) continue;
      if (other === undefined) block(returning);
      else waiting.push({ unique, holder: other, block: () => block(returning) });
    }
  }
  // What waits for a row that gives the value up stays when that one stays.
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const { unique, holder, block } of waiting) {
      const stays = unique.columns.every((column) =>
        !holder.columns.has(column) || found.has(obstacleName(unique.table, holder.key, column))
      );
      if (stays) block();
    }
  }
  return found;
}

/** A row that goes back to what another one holds, which goes back to something else. */
interface Waiting {
  readonly unique: Unique;
  readonly holder: Returning;
  /** The row cannot go back. */
  readonly block: () => void;
}

/** Rows that would go back to what another one goes back to as well; one of them does. */
function meeting({ columns, lower }: Unique, moving: readonly Returning[]): readonly Returning[] {
  const places = new Set<string>();
  return moving.filter((row) => {
    const values = columns.map((column) =>
      row.columns.has(column) ? row.columns.get(column) : row.row[column]
    );
    if (values.some((value) => (value ?? null) === null)) return false;
    const place = JSON.stringify(lower ? values.map((value) => String(value).toLowerCase()) : values);
    return places.size === places.add(place).size;
  });
}

/** Unique indexes of columns; of those of expressions the one that Flagsmith has, `lower(name)`. */
function uniqueStatement(schema: string, tables: readonly string[]): Statement {
  return query`SELECT c.relname::text AS "table", i.indexprs IS NOT NULL AS lower, i.indnkeyatts AS keys, (SELECT json_agg(a.attname::text)
  FROM pg_attribute a WHERE a.attrelid = c.oid AND (a.attnum = ANY(i.indkey) OR (i.indexprs IS NOT NULL
    AND pg_get_indexdef(i.indexrelid) LIKE '%lower((' || a.attname || ')::text)%'))) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE i.indisunique AND i.indisvalid AND c.relname = ANY(${
    texts(tables)
  }) AND c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = ${schema})`;
}

function uniqueOf(row: Readonly<Record<string, unknown>>): Unique {
  const columns: unknown = row["columns"];
  // What another expression says is left to the database.
  const whole = Array.isArray(columns) && columns.length === Number(row["keys"]);
  return {
    table: String(row["table"]),
    columns: whole ? columns.map(String) : [],
    lower: row["lower"] === true,
  };
}

/** The other live rows that hold what the rows go back to; `n` counts the rows from 1. A NULL is equal to nothing. */
function takenStatement(
  graph: RowGraph,
  { table, columns: unique, lower }: Unique,
  moving: readonly Returning[],
  columns: Columns,
): Statement {
  const key = Object.keys(moving[0]?.key ?? {})[0] ?? "id";
  const arrays = [
    texts(moving.map((row) => keyText(row.key))),
    ...unique.map((column) => {
      const type = columns.get(table)?.get(column)?.type ?? "text";
      const values = moving.map((row) => row.columns.has(column) ? row.columns.get(column) : row.row[column]);
      return array(values.map((value) => arrayElement(value, type)), typeName(castType(type)));
    }),
  ];
  const aliases = ["k", ...unique.map((_, at) => `c${at}`), "n"].map(identifier);
  const conditions = unique.map((column, at) => {
    const isText = lower && /char|text/.test(columns.get(table)?.get(column)?.type ?? "");
    const [own, wanted] = [columnOf("t", column), columnOf("w", `c${at}`)];
    return isText ? sql`lower(${own}) = lower(${wanted})` : sql`${own} = ${wanted}`;
  });
  return query`SELECT w.n, ${columnOf("t", key)}::text AS holder FROM unnest(${
    join(arrays, sql`,\n`)
  }) WITH ORDINALITY AS w(${list(aliases)}) JOIN ${name(graph, table)} t ON ${
    all([
      ...conditions,
      sql`${columnOf("t", key)}::text <> w.k`,
      ...(graph.softDeleted.has(table) ? [sql`t.deleted_at IS NULL`] : []),
    ])
  }`;
}
