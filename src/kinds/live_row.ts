/** Whether a row that was read is live, by the conditions of its kind. */
import type { Row } from "../flagsmith/cell.ts";
import type { Condition } from "./live.ts";

/** True for a row that was read and counts as live; conditions on columns that the release lacks hold. */
export function isLiveRow(row: Row, conditions: readonly Condition[]): boolean {
  return conditions.every(({ column, is }) => {
    const cell = row[column];
    if (cell === undefined) return true;
    if (typeof is !== "string") return !(is.column in row) || cell === row[is.column];
    return is === "null" ? cell === null : is === "not null" ? cell !== null : cell !== true;
  });
}
