/** Fields of an entity from its row, driven by the kind's schema: what a field is called, its column, its default. */
import type * as z from "zod";
import { isJson, type Row } from "../../flagsmith/cell.ts";
import { fieldDocs, structures } from "../../kinds/fields.ts";
import { LIVE_TABLES } from "../../kinds/tables.ts";
import type { OwnFields } from "../../kinds/exported.ts";
import { ALL_SPECS, type KindName } from "../../kinds/specs.ts";
import { plainRow } from "../../kinds/known_columns.ts";
import { holdsSecret } from "../read/rows.ts";
import type { Field } from "./entity.ts";
import { plain, text } from "../../kinds/value_tree.ts";

/** Told of a field whose live value the format cannot express. */
export type Inexpressible = (field: string, why: string) => void;

/** Gives the name of the variable that stands for the secret of a field. */
export type NameVariable = (field: string) => string;

/**
 * The fields of an entity in the order of its schema. Fields that `own` names are taken from there; the one that identifies
 * it is its name, secrets are variables, all others are the column of the same meaning. Those whose column the release
 * lacks are left out.
 */
export function fieldsOf(
  kind: KindName,
  row: Row,
  name: string,
  own: OwnFields,
  variableOf: NameVariable,
  tell: Inexpressible,
): readonly Field[] {
  const { schema, single, identityField } = ALL_SPECS[kind];
  const used = new Set<string>();
  const walk = (schema: z.ZodType, path: readonly string[]): readonly Field[] => {
    const structure = structures.get(schema);
    if (structure?.kind === "optional") return walk(structure.inner, path);
    if (structure?.kind === "mapping") {
      return Object.entries(structure.fields).flatMap(([key, field]) => walk(field, [...path, key]));
    }
    const key = path.at(-1) ?? "";
    if (path.length === 1 && Object.hasOwn(own, key)) return [];
    const column = columnOf(kind, key, row);
    if (column === undefined || used.has(column) || !fieldDocs.has(schema)) return [];
    used.add(column);
    const field = fieldOf(kind, path, row[column], column, fieldDocs.get(schema)?.type === "timestamp", tell);
    return field === undefined ? [] : [field];
  };
  const structure = structures.get(schema);
  if (structure?.kind !== "mapping") return [];
  return Object.entries(structure.fields).flatMap(([key, field]) => {
    const given = own[key];
    if (given !== undefined) {
      const { value, implied = false, full } = given;
      return [{ path: [key], value, implied, ...(full === undefined ? {} : { full }) }];
    }
    if (key === identityField && single !== true) return [{ path: [key], value: text(name), implied: false }];
    if (!Object.hasOwn(own, key) && isSecret(field)) {
      return hasSecret(kind, key, row)
        ? [{ path: [key], value: { kind: "variable", name: variableOf(key) }, implied: false }]
        : [];
    }
    return walk(field, [key]);
  });
}

function isSecret(schema: z.ZodType): boolean {
  const structure = structures.get(schema);
  return structure?.kind === "optional"
    ? isSecret(structure.inner)
    : fieldDocs.get(schema)?.type === "secret";
}

/** False when the column of a secret field is empty; a secret that no column holds as it is may be anything. */
function hasSecret(kind: KindName, field: string, row: Row): boolean {
  const { fieldNames = {}, secretColumns = {} } = LIVE_TABLES[kind];
  const column = Object.keys(secretColumns).find((column) => (fieldNames[column] ?? column) === field);
  return column === undefined || row[holdsSecret(column)] === true;
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
  const usual = plainRow(LIVE_TABLES[kind].table)?.[column] ?? null;
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
