/** Checks of rows of tables without a kind against the live catalog, before the database is asked about them. */
import type { Catalog, Column } from "../database/catalog.ts";
import type { RawCell } from "../declarations/raw_rows.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isNow, readsClock } from "../flagsmith/clock_words.ts";
import { lostIn } from "../flagsmith/lost_in_type.ts";
import { didYouMean } from "../diagnostics/suggest.ts";
import type { RowResource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { isReserved } from "../log/reserved_tables.ts";

/** Checks rows against the catalog; true when the database may be asked about them. */
export function checkRows(
  rows: readonly RowResource[],
  catalog: Catalog,
  diagnostics: Diagnostics,
): boolean {
  const before = diagnostics.sorted().length;
  for (const { row } of rows) {
    const columns = catalog.tables.get(row.table);
    if (isReserved(row.table)) {
      const kind = Object.entries(LIVE_TABLES).find(([, live]) => live.table === row.table)?.[0];
      diagnostics.add(
        "FP305",
        row.span,
        `"rows" does not write to ${row.table}, which this tool models`,
        kind === undefined ? "Its rows come with the entities that they belong to" : `Declare it as ${kind}`,
      );
    } else if (columns === undefined) {
      diagnostics.add(
        "FP305",
        row.span,
        `This database has no table ${row.table}`,
        "Enterprise tables exist only where an Enterprise image ran its migrations",
      );
    } else {
      for (const cell of row.key) checkCell(cell, row.table, columns, true, diagnostics);
      for (const cell of row.set) checkCell(cell, row.table, columns, false, diagnostics);
    }
  }
  return diagnostics.sorted().length === before;
}

/** True for a cell in which `checkRows` finds nothing. */
export function fitsCell(
  cell: RawCell,
  table: string,
  columns: ReadonlyMap<string, Column>,
  isKey: boolean,
): boolean {
  const found = new Diagnostics();
  checkCell(cell, table, columns, isKey, found);
  return found.sorted().length === 0;
}

function checkCell(
  cell: RawCell,
  table: string,
  columns: ReadonlyMap<string, Column>,
  isKey: boolean,
  diagnostics: Diagnostics,
): void {
  const column = columns.get(cell.column);
  const refuse = (message: string, hint?: string): void => diagnostics.add("FP305", cell.span, message, hint);
  const refuseColumn = (message: string, hint?: string): void =>
    diagnostics.add("FP305", cell.keySpan, message, hint);
  if (column === undefined) {
    refuseColumn(`Table ${table} has no column ${cell.column}`, didYouMean(cell.column, [...columns.keys()]));
    return;
  }
  if (column.generated === "expression" || (column.generated === "numbering" && !isKey)) {
    refuseColumn(`Column ${cell.column} of ${table} is generated: the database alone gives its values`);
    return;
  }
  const { value } = cell;
  const isJson = /^jsonb?$/.test(column.type);
  if (value.kind === "json" && !isJson) {
    refuse(`Column ${cell.column} of ${table} takes one value, not several`);
  }
  if (value.kind !== "text") return;
  if (value.text === null) {
    if (column.notNull) refuse(`Column ${cell.column} of ${table} must not be null`);
    return;
  }
  if (value.text.includes("\0")) refuse(`Column ${cell.column} of ${table} cannot hold a NUL character`);
  if (column.maxLength !== undefined && [...value.text].length > column.maxLength) {
    refuse(`Column ${cell.column} of ${table} takes ${column.maxLength} characters at most`);
  }
  if (readsClock(value.text, column.fullType)) {
    refuse(
      `Column ${cell.column} of ${table} takes no time that PostgreSQL reads from its clock`,
      "Write the moment itself, or now in a column of one time: the moment at which the row is created",
    );
    return;
  }
  if (isNow(value.text, column.fullType)) {
    if (isKey) {
      refuse(
        `Column ${cell.column} of ${table} tells the row, and now is another time in each run`,
        "Write the moment itself, or another column",
      );
    }
    return;
  }
  const form = FORMS.find(([type]) => type.test(column.type))?.[1];
  if (form !== undefined && !form(value.text)) {
    refuse(`Column ${cell.column} of ${table} takes ${column.type}`);
    return;
  }
  const lost = lostIn(value.text, column.fullType);
  if (lost !== undefined) refuse(`Column ${cell.column} of ${table} ${lost}`);
}

/** What text a type reads; types that are not named are left to PostgreSQL (`readMisfits`). */
const FORMS: readonly (readonly [RegExp, (text: string) => boolean])[] = [
  [/^smallint$/, (text) => isInteger(text, 32768n)],
  [/^integer$/, (text) => isInteger(text, 2147483648n)],
  [/^bigint$/, (text) => isInteger(text, 9223372036854775808n)],
  [/^boolean$/, (text) => text === "true" || text === "false"],
  [/^(numeric|double precision|real)$/, (text) => /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)],
  [/^uuid$/, (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)],
];

function isInteger(text: string, limit: bigint): boolean {
  if (!/^[-+]?\d{1,20}$/.test(text)) return false;
  const value = BigInt(text);
  return value >= -limit && value < limit;
}
