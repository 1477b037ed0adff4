/** Tables that items of `rows` may not write. */
import { isModelled } from "../kinds/known_columns.ts";
import { LOG_TABLE } from "./table.ts";

/** True for the log's table, and for tables that have a kind or that only the application may write. */
export function isReserved(table: string): boolean {
  return table === LOG_TABLE || isModelled(table);
}
