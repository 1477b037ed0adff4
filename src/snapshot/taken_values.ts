/** Rows that hold a value which a run wants to write and which no two rows may have (`KindSpec.unique`). */
import { texts } from "../database/render.ts";
import { column, query, sql, type Statement } from "../database/statement.ts";
import type { Answer } from "../database/session.ts";
import type { UniqueValue } from "../kinds/kind.ts";
import { ALL_SPECS, type AnyFields } from "../kinds/specs.ts";
import { type AnyMapping, LIVE_TABLES } from "../kinds/tables.ts";
import { guarded } from "../source/node.ts";
import { Secret } from "../source/secret.ts";
import type { Look } from "./look.ts";
import type { Work } from "./work.ts";

/** A row that holds a value; a deleted one keeps its value. */
export interface Holder {
  /** Undefined where the primary key is text: that of a master API key holds a hash. */
  readonly id: number | undefined;
  readonly uuid: string | undefined;
  readonly deleted: boolean;
}

/** Holders by `holderKey()`. */
export type TakenValues = ReadonlyMap<string, Holder>;

/** A value that an entity is about to write. */
export interface WantedValue {
  readonly table: string;
  readonly unique: UniqueValue<AnyFields>;
  /** As the column holds it; secret where the file's is. */
  readonly value: string | Secret;
}

/** The unique values that an entity is about to write: all declared ones when it is created, else those that change. */
export function uniqueValuesOf(work: Work): readonly WantedValue[] {
  const { declaration, kind } = work.resource;
  if (declaration === undefined || (work.action !== "create" && work.action !== "update")) return [];
  const { table } = LIVE_TABLES[kind];
  return (ALL_SPECS[kind].unique ?? []).flatMap((unique) => {
    const isWritten = work.action === "create" ||
      (unique.rotated !== undefined ? work.rotates === true : unique.column in work.after);
    const value = isWritten ? unique.value(declaration.fields) : undefined;
    if (value === undefined) return [];
    return [{ table, unique, value: typeof value === "string" ? guarded(value, declaration.node) : value }];
  });
}

/** Text that is equal for what may not be twice; `parent` is the id of the parent, live or not. */
export function holderKey({ table, unique, value }: WantedValue, parent: unknown): string {
  return keyOf(table, unique, parent, value instanceof Secret ? value.reveal() : value);
}

function keyOf(
  table: string,
  { column, within }: UniqueValue<AnyFields>,
  parent: unknown,
  value: string,
): string {
  return JSON.stringify([table, column, within === "parent" ? parent : null, value]);
}

/** A column of unique values that a run is about to write. */
interface WantedColumn {
  readonly mapping: AnyMapping;
  readonly unique: UniqueValue<AnyFields>;
  readonly values: readonly (string | Secret)[];
}

/** The columns whose holders must be read; a release without the column has none. */
export function wantedColumns(work: readonly Work[], { catalog }: Look): readonly WantedColumn[] {
  const wanted = work.flatMap((one) =>
    uniqueValuesOf(one).map((value) => ({ ...value, mapping: LIVE_TABLES[one.resource.kind] }))
  ).filter(({ table, unique }) => catalog.tables.get(table)?.has(unique.column) === true);
  return [...Map.groupBy(wanted, ({ unique }) => unique).values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [{ mapping: first.mapping, unique: first.unique, values: group.map(({ value }) => value) }];
  });
}

/** Asks for the rows that hold one of the values, a statement for each column. */
export function holderStatements(
  columns: readonly WantedColumn[],
  { catalog, from }: Look,
): readonly Statement[] {
  return columns.map(({ mapping: { table, primaryKey, parentColumn }, unique, values }) => {
    const has = (name: string): boolean => catalog.tables.get(table)?.has(name) === true;
    const held = column("t", unique.column);
    return query`SELECT ${held} AS value, ${column("t", primaryKey)} AS id, ${
      parentColumn === undefined ? sql`NULL::int4` : column("t", parentColumn)
    } AS parent, ${has("uuid") ? sql`t.uuid::text` : sql`NULL::text`} AS uuid, ${
      has("deleted_at") ? sql`t.deleted_at IS NOT NULL` : sql`false`
    } AS deleted
FROM ${from(table)} t WHERE ${held} = ANY(${texts(values)})`;
  });
}

/** Reads the answers of `holderStatements()`. */
export function readHolders(
  columns: readonly WantedColumn[],
  answers: readonly (readonly Answer[])[],
): TakenValues {
  return new Map(
    columns.flatMap(({ mapping, unique }, at) =>
      (answers[at] ?? []).map(({ value, id, parent, uuid, deleted }) => [
        keyOf(mapping.table, unique, parent, String(value)),
        {
          id: typeof id === "number" ? id : undefined,
          uuid: typeof uuid === "string" ? uuid : undefined,
          deleted: deleted === true,
        },
      ])
    ),
  );
}
