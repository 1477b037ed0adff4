/** Values of rows of tables without a kind that only PostgreSQL can judge: it is asked before anything casts them. */
import type { Ask } from "../database/ask.ts";
import type { Catalog, Column } from "../database/catalog.ts";
import { isTime } from "../database/column_value.ts";
import { misfits } from "../database/misfits.ts";
import type { RawCell } from "../declarations/raw_rows.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isNow } from "../flagsmith/clock_words.ts";
import type { RowResource } from "../graph/resource.ts";
import { Secret } from "../source/secret.ts";
import { fitsCell } from "./raw_row_checks.ts";

/** A value that its column does not take. */
export interface Misfit {
  readonly cell: RawCell;
  readonly table: string;
  readonly column: Column;
  /** What PostgreSQL said of it. */
  readonly sqlState: string;
}

/** Asks PostgreSQL about all values that no check here knows; nothing is asked where there are none. */
export async function readMisfits(
  ask: Ask,
  rows: readonly RowResource[],
  { tables }: Catalog,
): Promise<readonly Misfit[]> {
  const asked = rows.flatMap(({ row: { table, key, set } }) => {
    const columns = tables.get(table) ?? new Map<string, Column>();
    const cells = [
      ...key.map((cell) => ({ cell, isKey: true })),
      ...set.map((cell) => ({ cell, isKey: false })),
    ];
    return cells.flatMap(({ cell, isKey }) => {
      const column = columns.get(cell.column);
      const { value } = cell;
      if (column === undefined || value.kind !== "text" || isKnown(value.text, column)) return [];
      if (!fitsCell(cell, table, columns, isKey)) return [];
      const { text } = value;
      return [{ cell, table, column, text: text !== null && cell.secret ? new Secret(text) : text }];
    });
  });
  const found = await misfits(ask, asked.map(({ text, column: { type } }) => ({ text, type })));
  return [...found].flatMap(([at, sqlState]) => {
    const { cell, table, column } = asked[at] ?? {};
    return cell === undefined || table === undefined || column === undefined
      ? []
      : [{ cell, table, column, sqlState }];
  });
}

/** Types whose texts are all values, or were looked at whole by `checkRows`; documents are written by the program. */
const KNOWN = /^(smallint|integer|bigint|boolean|uuid|text|character varying|character|bpchar|name|jsonb?)$/;
const NUMBERS = /^(numeric|double precision|real)$/;
const TIMES = /^(date|timestamp with(out)? time zone)$/;

/** True for a text of which nothing is to be asked. */
function isKnown(text: string | null, { type, fullType }: Column): boolean {
  // A domain may refuse even what is no value.
  if (KNOWN.test(type)) return true;
  if (text === null) return NUMBERS.test(type) || TIMES.test(type);
  if (isNow(text, fullType)) return true;
  // PostgreSQL has the range of numbers with an exponent.
  if (NUMBERS.test(type)) return /^[-+]?[\d.]{1,30}$/.test(text);
  return TIMES.test(type) && isTime(text);
}

/** Reports the values at their places. */
export function reportMisfits(found: readonly Misfit[], diagnostics: Diagnostics): void {
  for (const { cell, table, column, sqlState } of found) {
    const at = `Column ${cell.column} of ${table}`;
    diagnostics.add(
      "FP305",
      cell.span,
      sqlState === "23502"
        ? `${at} must not be null`
        : sqlState === "23514"
        ? `${at} takes ${column.type}, whose CHECK refuses the value`
        : `${at} takes ${column.type}`,
    );
  }
}
