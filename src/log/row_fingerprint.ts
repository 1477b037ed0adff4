/**
 * A short fingerprint of a row, to tell later whether someone changed it. Only for tables without history, since a
 * history row tells the same of the others. Times and keys are left out: using an instance moves them.
 */
import { createHash } from "node:crypto";
import type { Column } from "../database/catalog.ts";
import { HISTORY } from "../flagsmith/history.ts";
import { FLAG_REFERENCES } from "../flagsmith/models/projects.ts";
import type { Content } from "../kinds/kind.ts";
import { LOOKS_SECRET } from "../kinds/secrets.ts";
import { canonical } from "./content_hash.ts";
import { holdsSecretItself } from "./secret_columns.ts";
import { columnsWritten } from "../kinds/known_columns.ts";

/** True for tables with rows that are derived from others, or of whose rows no fingerprint is kept when a kind writes them. */
export function hasNoSum(table: string): boolean {
  return HISTORY[table] !== undefined || columnsWritten(table) === undefined || table === FLAG_REFERENCES;
}

/** The columns that count: those that the tool fills, or all of a table that no kind describes. */
function countedColumns(table: string, columns: ReadonlyMap<string, Column>): readonly string[] {
  return columnsWritten(table) ?? [...columns.keys()].filter((name) => !LOOKS_SECRET.test(name));
}

/**
 * `columns:content`, four and eight hexadecimal digits; undefined for tables of which none is kept. Rows of which the
 * first part differs were written with other columns in mind and cannot be compared.
 */
export function rowSum(
  table: string,
  row: Readonly<Record<string, unknown>>,
  columns: ReadonlyMap<string, Column> | undefined,
  hidden: ReadonlySet<string>,
): string | undefined {
  if (HISTORY[table] !== undefined || columns === undefined) return undefined;
  const names = countedColumns(table, columns).filter((name) => {
    const type = columns.get(name)?.type;
    return type !== undefined && name !== "id" && !/^(timestamp|date)/.test(type) && !hidden.has(name) &&
      !holdsSecretItself(table, name);
  }).toSorted();
  if (names.length === 0 || names.some((name) => !(name in row))) return undefined;
  return `${digestOfNames(names)}:${digest(names.map((name) => plain(row[name]))).slice(0, 8)}`;
}

function digest(content: Content): string {
  return createHash("sha256").update(canonical(content)).digest("hex");
}

/** The first part, which most rows of a table share. */
function digestOfNames(names: readonly string[]): string {
  const key = names.join();
  const known = DIGESTS_OF_NAMES.get(key) ?? digest(names).slice(0, 4);
  DIGESTS_OF_NAMES.set(key, known);
  return known;
}

const DIGESTS_OF_NAMES = new Map<string, string>();

function plain(value: unknown): Content {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return value === null || value === undefined ? null : value as Content;
}
