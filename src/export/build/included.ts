/** Which entities belong to an export: all that were read, or what one project leads to. */
import { idIn, type Row } from "../../flagsmith/cell.ts";
import { LIVE_TABLES } from "../../kinds/tables.ts";
import { KIND_NAMES, type KindName } from "../../kinds/specs.ts";
import { EXPORTS, isInPart, ROOT } from "../kind_exports.ts";
import { type LiveRows, rowsOf } from "../read/rows.ts";

/** True for a row that is exported. */
export type IsIncluded = (kind: KindName, row: Row) => boolean;

/** What an export holds; with `onlyPart` of what stands outside of projects only what they lead to. */
export function includedRows(rows: LiveRows, onlyPart: boolean): IsIncluded {
  if (!onlyPart) return () => true;
  const needed = new Map<string, Set<number>>();
  const isIncluded: IsIncluded = (kind, row) => {
    const { neededFor } = EXPORTS[kind];
    return kind === ROOT || isInPart(kind) ||
      (neededFor !== undefined && needed.get(neededFor.kind)?.has(idIn(row, neededFor.column)) === true);
  };
  // What leads to others stands behind them in the order of work.
  for (const kind of KIND_NAMES.toReversed()) {
    for (const { kind: target, table, column, owner } of EXPORTS[kind].leadsTo ?? []) {
      const ids = needed.get(target) ?? new Set();
      needed.set(target, ids);
      const owners = owner === undefined ? undefined : includedIds(kind, rows, isIncluded);
      for (const row of rowsOf(rows, table)) {
        const isOwn = owner === undefined ? isIncluded(kind, row) : owners?.has(idIn(row, owner)) === true;
        if (isOwn) ids.add(idIn(row, column));
      }
    }
  }
  return isIncluded;
}

function includedIds(kind: KindName, rows: LiveRows, isIncluded: IsIncluded): ReadonlySet<number> {
  return new Set(
    rowsOf(rows, LIVE_TABLES[kind].table).filter((row) => isIncluded(kind, row)).map((row) =>
      idIn(row, "id")
    ),
  );
}
