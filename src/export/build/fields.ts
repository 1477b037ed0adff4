/** Fields of an entity from its row, driven by the kind's schema: what a field is called, its column, its default. */
import { lookup } from "../../diagnostics/lookup.ts";
import type * as z from "zod";
import { isJson, type Row } from "../../flagsmith/cell.ts";
import { fieldDocs, structures } from "../../kinds/fields.ts";
import { LIVE_TABLES } from "../../kinds/tables.ts";
import { ALL_SPECS, type KindName } from "../../kinds/specs.ts";
import { plainRow } from "../../kinds/known_columns.ts";
import type { Field } from "./entity.ts";
import { plain, text, type Tree } from "./tree.ts";

/** Fields that are not simply a column; an undefined one is left out, and `implied` marks what need not be said. */
export type OwnFields = Readonly<
  Record<string, { readonly value: Tree; readonly implied?: boolean } | undefined>
>;

/** Told of a field whose live value the format cannot express. */
export type Inexpressible = (field: string, why: string) => void;

/** Defaults that the tool gives to a field, where the row model has none. */
const DEFAULTS: Readonly<Record<string, string | boolean>> = lookup({
  "member.role": "USER",
  "user_project_permission.admin": false,
  "group_project_permission.admin": false,
  "user_environment_permission.admin": false,
  "group_environment_permission.admin": false,
});

/**
 * The fields of an entity in the order of its schema. Fields that `own` names are taken from there, all others from the
 * column of the same meaning; those whose column the release lacks are left out.
 */
export function fieldsOf(kind: KindName, row: Row, own: OwnFields, tell: Inexpressible): readonly Field[] {
  const used = new Set<string>();
  const walk = (schema: z.ZodType, path: readonly string[]): readonly Field[] => {
    const structure = structures.get(schema);
    if (structure?.kind === "optional") return walk(structure.inner, path);
    if (structure?.kind === "mapping") {
      return Object.entries(structure.fields).flatMap(([key, field]) => walk(field, [...path, key]));
    }
    const name = path.at(-1) ?? "";
    if (path.length === 1 && Object.hasOwn(own, name)) return [];
    const column = columnOf(kind, name, row);
    if (column === undefined || used.has(column) || !fieldDocs.has(schema)) return [];
    used.add(column);
    const field = fieldOf(kind, path, row[column], column, fieldDocs.get(schema)?.type === "timestamp", tell);
    return field === undefined ? [] : [field];
  };
  const schema = ALL_SPECS[kind].schema;
  const structure = structures.get(schema);
  if (structure?.kind !== "mapping") return [];
  return Object.entries(structure.fields).flatMap(([key, field]) => {
    const given = own[key];
    if (given !== undefined) return [{ path: [key], value: given.value, implied: given.implied === true }];
    return walk(field, [key]);
  });
}

/** The column that a field is kept in: the one of its name, or the one that the kind's live declaration names. */
export function columnOf(kind: KindName, field: string, row: Row): string | undefined {
  if (field in row) return field;
  return Object.entries(LIVE_TABLES[kind].fieldNames ?? {}).find(([column, name]) =>
    name === field && column in row
  )
    ?.[0];
}

function fieldOf(
  kind: KindName,
  path: readonly string[],
  value: Row[string] | undefined,
  column: string,
  isTime: boolean,
  tell: Inexpressible,
): Field | undefined {
  const name = path.join(".");
  const usual = DEFAULTS[`${kind}.${name}`] ?? plainRow(LIVE_TABLES[kind].table)?.[column] ?? null;
  if (value === undefined || isJson(value) || typeof value === "object" && value !== null) return undefined;
  if (value === null) {
    if (usual !== null) tell(name, "is unset, which the format cannot express");
    return usual === null ? { path, value: plain(null), implied: true } : undefined;
  }
  const tree = typeof value !== "string" ? plain(value) : text(isTime ? timeText(value) : value);
  return { path, value: tree, implied: value === usual };
}

/** A time of the database as the format writes it: `2030-01-31T12:00:00Z`. */
function timeText(time: string): string {
  return time.replace(/(\.\d*?)0*(\+00:00)$/, "$1$2").replace(/\.?\+00:00$/, "Z");
}
