/** What building an export shares: the rows, look-ups in them, names of variables, and what there is to say. */
import { capitalize } from "../../diagnostics/capitalize.ts";
import type { Diagnostics } from "../../diagnostics/diagnostic.ts";
import type { Row } from "../../flagsmith/cell.ts";
import { LIVE_TABLES } from "../../kinds/tables.ts";
import { ALL_SPECS, type KindName } from "../../kinds/specs.ts";
import type { Entity, Field } from "./entity.ts";
import { fieldsOf, type OwnFields } from "./fields.ts";
import { idIn, type LiveRows, rowsOf } from "../read/rows.ts";
import type { Tree } from "./tree.ts";
import type { VariableNames } from "./variables.ts";

/** The shared parts. */
export interface BuildContext {
  readonly rows: LiveRows;
  readonly variables: VariableNames;
  readonly diagnostics: Diagnostics;
  /** Rows of a table by the id that they belong to. */
  readonly below: (table: string, column: string) => ReadonlyMap<number, readonly Row[]>;
}

/** A context for the rows of one organisation. */
export function buildContext(
  rows: LiveRows,
  variables: VariableNames,
  diagnostics: Diagnostics,
): BuildContext {
  const known = new Map<string, ReadonlyMap<number, readonly Row[]>>();
  return {
    rows,
    variables,
    diagnostics,
    below: (table, column) => {
      const key = `${table}.${column}`;
      const found = known.get(key) ?? Map.groupBy(rowsOf(rows, table), (row) => idIn(row, column));
      known.set(key, found);
      return found;
    },
  };
}

/** An entity as messages call it: `Environment "Dev" in project "Web"`. */
export function titleOf(kind: KindName, name: string, where: string): string {
  const { label } = ALL_SPECS[kind];
  return `${capitalize(label)} "${name}"${where}`;
}

/** The fields of an entity; what the format cannot express of it is reported. */
export function describe(
  kind: KindName,
  row: Row,
  own: OwnFields,
  name: string,
  where: string,
  context: BuildContext,
): readonly Field[] {
  return fieldsOf(
    kind,
    row,
    own,
    (field, why) => reportInexpressible(kind, name, where, field, why, context),
  );
}

/** Reports a value that the format cannot express. */
export function reportInexpressible(
  kind: KindName,
  name: string,
  where: string,
  field: string,
  why: string,
  { diagnostics }: BuildContext,
): void {
  diagnostics.add("FP441", undefined, `"${field}" of ${lower(titleOf(kind, name, where))} ${why}`);
}

/** The same with a small letter, inside of a sentence. */
export function lower(title: string): string {
  return title.startsWith("API") ? title : `${title[0]?.toLowerCase()}${title.slice(1)}`;
}

/**
 * Rows in the order of their names. Of several rows with one name, which Flagsmith allows and the format does not, the
 * oldest is kept and the others are reported.
 */
export function distinct(
  kind: KindName,
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  where: string,
  { diagnostics }: BuildContext,
): readonly { readonly row: Row; readonly name: string }[] {
  const spec = ALL_SPECS[kind];
  const groups = Map.groupBy(rows.map((row) => ({ row, name: nameOf(row) })), ({ name }) => spec.key(name));
  const kept: { row: Row; name: string }[] = [];
  for (const group of groups.values()) {
    const [first, ...others] = group.sort((a, b) => idIn(a.row, "id") - idIn(b.row, "id"));
    if (first === undefined) continue;
    kept.push(first);
    if (others.length === 0) continue;
    const { table, primaryKey } = LIVE_TABLES[kind];
    const key = (row: Row): string => String(row[primaryKey]);
    diagnostics.add(
      "FP440",
      undefined,
      `${titleOf(kind, first.name, where)} is there ${group.length} times; ${table} ${primaryKey} ${
        key(first.row)
      } is exported, ${others.map(({ row }) => key(row)).join(", ")} ${
        others.length === 1 ? "is" : "are"
      } left out`,
      "Rename or remove one of them",
    );
  }
  return kept.sort((a, b) => compareText(a.name, b.name));
}

/** Order of texts by their UTF-16 units, the same everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A field that is given. */
export function given(value: Tree | undefined): OwnFields[string] {
  return value === undefined ? undefined : { value };
}

/** Entities by name. */
export function byName(entities: readonly Entity[]): readonly Entity[] {
  return [...entities].sort((a, b) => compareText(a.name, b.name));
}
