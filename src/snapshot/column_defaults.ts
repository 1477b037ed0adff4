/**
 * Columns of the live schema that the program does not know and that must be filled: where their values come from, and the
 * refusal when nothing says what they are (`docs/flagsmith/releases.md#unknown-required-columns`).
 */
import type { Catalog, Column } from "../database/catalog.ts";
import type { Ask } from "../database/ask.ts";
import type { Answer } from "../database/session.ts";
import {
  callFits,
  type ColumnFill,
  type ColumnFills,
  fillCall,
  type FillValue,
} from "../database/column_fill.ts";
import { columnJson, columnText, type ColumnValue } from "../database/column_value.ts";
import { misfits } from "../database/misfits.ts";
import { lostIn } from "../flagsmith/lost_in_type.ts";
import { array, texts, typeName } from "../database/render.ts";
import { query, sql } from "../database/statement.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import { HISTORY } from "../flagsmith/history.ts";

/** One `--column-default TABLE.COLUMN=VALUE`. */
export interface ColumnOption {
  readonly table: string;
  readonly column: string;
  readonly text: string;
}

/** What the operator and the application say of columns. */
export interface ColumnDefaults {
  readonly options: readonly ColumnOption[];
  /** The file of `--column-defaults`. */
  readonly file: ColumnDefaultsFile | undefined;
}

/** What an application printed from its models. */
export interface ColumnDefaultsFile {
  readonly path: string;
  readonly release: string | undefined;
  /** `table.column` → JSON value, or `{"call": name}`. */
  readonly columns: ReadonlyMap<string, unknown>;
}

/** Nothing is said. */
export const NO_COLUMN_DEFAULTS: ColumnDefaults = { options: [], file: undefined };

/** What the program writes. */
export interface WrittenTables {
  /** Table → the columns that the program fills itself, for every table that it ever writes. */
  readonly known: ReadonlyMap<string, readonly string[]>;
  /** Tables of which the files give rows column by column; what they leave out may be filled, too. */
  readonly raw: ReadonlySet<string>;
}

/** A column that must be filled, with what only a second look at the catalog shows. */
export interface UnknownColumn {
  readonly table: string;
  readonly column: Column;
  /** With length: `character varying(20)`. */
  readonly type: string;
  /** The value with which a migration filled older rows, where the server still has it. */
  readonly migrated: string | undefined;
  /** Why no constant can be right; undefined for a plain column. */
  readonly key: string | undefined;
}

/** The values of unknown columns, and the columns that have none. */
export interface ResolvedColumns {
  readonly fills: ColumnFills;
  readonly missing: readonly MissingColumn[];
}

/**
 * The values of unknown columns in new rows. One more round trip where there are such columns. Throws with exit code 64 when an
 * option or the file cannot be used.
 */
export async function resolveFills(
  ask: Ask,
  catalog: Catalog,
  written: WrittenTables,
  defaults: ColumnDefaults,
): Promise<ResolvedColumns> {
  const problems = defaults.options.flatMap((option) => {
    const problem = misplaced(option, catalog, written);
    return problem === undefined ? [] : [`${option.table}.${option.column}: ${problem}`];
  });
  if (problems.length > 0) throw wrongOptions(problems);
  const columns = unknownColumns(catalog, written);
  if (columns.length === 0) return { fills: new Map(), missing: [] };
  const unknown = await readUnknown(ask, catalog.schema, columns);
  const fills: ColumnFill[] = [];
  const missing: MissingColumn[] = [];
  for (const one of unknown) {
    const found = valueOf(one, defaults, problems);
    if (found.kind === "found") {
      fills.push({ table: one.table, column: one.column.name, type: one.column.type, ...found });
    } else if (!repeatsBase(one, unknown)) {
      missing.push({ ...one, call: found.call });
    }
  }
  if (problems.length > 0) throw wrongOptions(problems);
  await checkOnServer(ask, unknown, fills);
  return { fills: Map.groupBy(fills, (fill) => fill.table), missing };
}

/** Why an option has no place in this database; undefined when it has one. */
function misplaced(
  { table, column }: ColumnOption,
  { tables }: Catalog,
  { known, raw }: WrittenTables,
): string | undefined {
  const columns = tables.get(table);
  if (columns === undefined) return `the database has no table ${table}`;
  if (!known.has(table) && !raw.has(table)) return `flagsmith-provision does not write to table ${table}`;
  const live = columns.get(column);
  if (live === undefined) {
    const near = didYouMean(column, [...columns.keys()]);
    return `table ${table} has no column ${column}${near === undefined ? "" : ` (${near})`}`;
  }
  if (known.get(table)?.includes(column) === true) {
    return "flagsmith-provision knows the column and fills it itself";
  }
  if (!live.notNull) return "the column may be NULL and is left out";
  return live.hasDefault ? "the database has a default for the column, which is used" : undefined;
}

/** The columns that must be filled and that neither the program nor the database fills. */
function unknownColumns(
  { tables }: Catalog,
  { known, raw }: WrittenTables,
): readonly (readonly [table: string, column: Column])[] {
  return [...tables].flatMap(([table, columns]) => {
    const filled = known.get(table) ?? (raw.has(table) ? [] : undefined);
    return filled === undefined
      ? []
      : [...columns.values()].filter((column) =>
        column.notNull && !column.hasDefault && !filled.includes(column.name)
      ).map((column) => [table, column] as const);
  });
}

async function readUnknown(
  ask: Ask,
  schema: string,
  columns: readonly (readonly [table: string, column: Column])[],
): Promise<readonly UnknownColumn[]> {
  const [answer] = await ask("read the schema", [
    query`SELECT w.n::int AS n, format_type(a.atttypid, a.atttypmod) AS type, array_to_json(a.attmissingval) ->> 0 AS migrated,
  CASE WHEN EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY(i.indkey)) THEN 'is part of the primary key'
    WHEN k.target IS NOT NULL THEN 'refers to table ' || k.target
    WHEN i.name IS NOT NULL THEN 'must be different in each row (' || i.name || ')' END AS key
FROM unnest(${texts(columns.map(([table]) => table))}, ${
      texts(columns.map(([, column]) => column.name))
    }) WITH ORDINALITY AS w(t, c, n)
JOIN pg_class c ON c.relname = w.t JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = ${schema}
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = w.c AND NOT a.attisdropped
LEFT JOIN LATERAL (SELECT max(f.relname::text) AS target FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
  WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY(k.conkey)) k ON true
LEFT JOIN LATERAL (SELECT max(u.relname::text) AS name FROM pg_index i JOIN pg_class u ON u.oid = i.indexrelid
  WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum AND i.indpred IS NULL) i ON true
ORDER BY w.n`,
  ]);
  return (answer ?? []).flatMap((row: Answer): readonly UnknownColumn[] => {
    const [table, column] = columns[Number(row["n"]) - 1] ?? [];
    const text = (name: string): string | undefined => typeof row[name] === "string" ? row[name] : undefined;
    return table === undefined || column === undefined ? [] : [{
      table,
      column,
      type: text("type") ?? column.type,
      migrated: text("migrated"),
      key: text("key"),
    }];
  });
}

/** True for a history column that repeats one of the base row: it gets the value of that. */
function repeatsBase({ table, column }: UnknownColumn, unknown: readonly UnknownColumn[]): boolean {
  return unknown.some((other) => HISTORY[other.table]?.table === table && other.column.name === column.name);
}

/** Where the value of a column comes from; what is wrong with an option is added to `problems`. */
function valueOf(
  one: UnknownColumn,
  { options, file }: ColumnDefaults,
  problems: string[],
):
  | { readonly kind: "found"; readonly value: FillValue; readonly from: string }
  | { readonly kind: "missing"; readonly call: string | undefined } {
  const { table, column: { name, type: plain }, type, key } = one;
  const given = options.filter((option) => option.table === table && option.column === name);
  const [option] = given;
  if (option !== undefined) {
    const from = "--column-default";
    const call = plain === "uuid" && option.text === "uuid4"
      ? "uuid4"
      : /^(timestamp|date$)/.test(plain) && option.text === "now"
      ? "now"
      : undefined;
    const checked = whole(columnText(option.text, type), type);
    const problem = given.some((other) => other.text !== option.text)
      ? "two different values are given"
      : call !== undefined
      ? undefined
      : key !== undefined
      ? `the column ${key}, so that no constant can be right`
      : plain === "uuid"
      ? "each row needs a uuid of its own; write uuid4"
      : checked.kind === "wrong"
      ? `the column is of type ${type} and ${checked.problem}`
      : undefined;
    if (problem !== undefined) problems.push(`${table}.${name}: ${problem}`);
    const value: FillValue = call !== undefined
      ? { kind: "call", name: call }
      : { kind: "constant", text: checked.kind === "text" ? checked.text : "" };
    return { kind: "found", value, from };
  }
  const answer = file?.columns.get(`${table}.${name}`) ?? undefined;
  if (file === undefined || answer === undefined) return { kind: "missing", call: undefined };
  const from = `--column-defaults${file.release === undefined ? "" : ` (Flagsmith ${file.release})`}`;
  const called: unknown = Object(answer)["call"];
  if (typeof called === "string") {
    const call = fillCall(called);
    return call === undefined || !callFits(call, plain)
      ? { kind: "missing", call: called }
      : { kind: "found", value: { kind: "call", name: call }, from };
  }
  const checked = whole(columnJson(answer, type), type);
  if (checked.kind === "wrong") {
    throw new ProvisionError(
      "FP434",
      EXIT.usage,
      `${file.path} does not fit column ${table}.${name}, which is of type ${type}: it ${checked.problem}`,
      "Print the file again from the application whose migrations made this database. Nothing was changed",
    );
  }
  return { kind: "found", value: { kind: "constant", text: checked.text }, from };
}

/** A value, unless its column would round or cut it: the log and what is printed would say another one than the rows hold. */
function whole(value: ColumnValue, type: string): ColumnValue {
  if (value.kind !== "text") return value;
  // Elements without anything special in them need no quotes.
  const text = type.endsWith("[]")
    ? value.text.replaceAll(/"([^"\\,{} ]+)"/g, "$1")
    : type.endsWith("without time zone")
    ? value.text.replace(/Z$/, "")
    : value.text;
  const problem = lostIn(text, type);
  return problem === undefined ? value : { kind: "wrong", problem };
}

/** Has the server read constants of types that only it knows: enums, intervals, addresses. */
async function checkOnServer(
  ask: Ask,
  unknown: readonly UnknownColumn[],
  fills: readonly ColumnFill[],
): Promise<void> {
  const asked = fills.flatMap(({ table, column, value }) => {
    const one = unknown.find((one) => one.table === table && one.column.name === column);
    return one === undefined || value.kind !== "constant" || CHECKED_HERE.test(one.type)
      ? []
      : [{ ...one, text: value.text }];
  });
  const found = await misfits(ask, asked.map(({ text, column: { type } }) => ({ text, type })));
  const problems: string[] = [];
  for (const [at, { text, ...one }] of asked.entries()) {
    const { type } = one;
    if (found.has(at)) {
      problems.push(`${nameOf(one)}: the column is of type ${type}, and the server does not take the value`);
      continue;
    }
    // A part of an interval alone is kept where the column says so: `interval hour`.
    if (!/^interval \w/.test(type)) continue;
    const element = sql`(${array([text], sql`text`)})[1]`;
    const [kept] = await ask("read a column default", [
      query`SELECT ${element}::${typeName(type)} = ${element}::interval AS whole`,
    ]);
    if (kept?.[0]?.["whole"] !== true) {
      problems.push(`${nameOf(one)}: the column is of type ${type} and keeps a part of the value only`);
    }
  }
  if (problems.length > 0) throw wrongOptions(problems);
}

const CHECKED_HERE =
  /^(boolean|smallint|integer|bigint|numeric|real|double precision|text|character|jsonb?|uuid|date|timestamp)\b/;

function wrongOptions(problems: readonly string[]): ProvisionError {
  const [first = ""] = problems;
  return new ProvisionError(
    "FP433",
    EXIT.usage,
    problems.length === 1
      ? `--column-default cannot be used for ${first}`
      : `--column-default cannot be used for ${problems.length} columns: ${problems.join("; ")}`,
    "It takes TABLE.COLUMN=VALUE, for columns that must be filled and that neither flagsmith-provision nor the database fills. Nothing was changed",
  );
}

/** A column that must be filled and that nothing fills. */
export interface MissingColumn extends UnknownColumn {
  /** The function with which the application fills the column, one that the program does not have. */
  readonly call: string | undefined;
}

/** Throws with exit code 78 and options to paste unless the list is empty. */
export function refuseMissing(
  missing: readonly MissingColumn[],
  { release }: Pick<Catalog, "release">,
  { file }: ColumnDefaults,
): void {
  if (missing.length === 0) return;
  const sorted = missing.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const columns = sorted.map((one) =>
    `${nameOf(one)} (${one.type}${
      one.call === undefined ? "" : `, which Flagsmith fills with ${one.call}()`
    })`
  );
  const [only] = sorted;
  const suggested = sorted.filter((one) => suggestion(one).known);
  const options = sorted.filter((one) => one.key === undefined).map((one) =>
    `--column-default ${quoted(suggestion(one).text)}`
  );
  const keys = sorted.filter((one) => one.key !== undefined).map((one) => `${nameOf(one)} ${one.key}`);
  const hint = [
    `The database was migrated by a newer Flagsmith (${release}): use a newer flagsmith-provision`,
    ...(file === undefined ? ["or let the application print its defaults for --column-defaults FILE"] : []),
    ...(options.length > 0
      ? [`or give the ${options.length === 1 ? "value" : "values"}: ${options.join(" ")}`]
      : []),
  ].join(", ");
  const source = suggested.length === 0
    ? ""
    : `. ${
      suggested.length === sorted.length
        ? "The suggestion is"
        : `The suggestion for ${suggested.map(nameOf).join(", ")} is`
    } what the migration wrote into older rows, not always what Flagsmith writes into new ones`;
  throw new ProvisionError(
    "FP421",
    EXIT.schema,
    sorted.length === 1 && only !== undefined
      ? `Column ${columns.join("")} must be filled, and this flagsmith-provision does not know it`
      : `${sorted.length} columns must be filled, and this flagsmith-provision does not know them: ${
        columns.join(", ")
      }`,
    `${hint}${source}${
      keys.length === 0 ? "" : `. No constant is right where a column is a key: ${keys.join(", ")}`
    }. Nothing was changed`,
  );
}

function nameOf({ table, column }: UnknownColumn): string {
  return `${table}.${column.name}`;
}

/** `table.column=value` to paste; `known` when the value is the one that the server has. */
function suggestion(one: UnknownColumn): { readonly text: string; readonly known: boolean } {
  const { column: { type }, migrated } = one;
  if (type === "uuid") return { text: `${nameOf(one)}=uuid4`, known: false };
  return migrated === undefined
    ? { text: `${nameOf(one)}=<${one.type}>`, known: false }
    : { text: `${nameOf(one)}=${migrated}`, known: true };
}

/** A word of a shell. */
function quoted(text: string): string {
  return /^[\w./:=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
