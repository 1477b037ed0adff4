/** Whether a live row is the one that an event of the log is about, whatever it is called by now. Pure. */
import type { Row } from "../flagsmith/cell.ts";
import type { OwnRow } from "./events.ts";

/** What a row is known by: its table, and the uuid of what it belongs to for rows that have none themselves. */
export interface RowInTable {
  readonly table: string;
  readonly row: Row | Readonly<Record<string, unknown>>;
  readonly parentUuid: string | undefined;
}

/** `unknown` where the log holds too little to tell. */
export type Sameness = "same" | "other" | "unknown";

/**
 * Compares the own row of an event with a live one. The same primary key proves nothing, since ids are used again after a flush:
 * the uuid must be the same, or that of the row that it belongs to, or when it was made, or what it ties together. A key that is
 * a text, such as the prefix of a master API key, is nobody else's.
 */
export function compareRow(own: OwnRow | undefined, { table, row, parentUuid }: RowInTable): Sameness {
  if (own === undefined) return "unknown";
  if (own.table !== table) return "other";
  for (const [column, key] of Object.entries(own.key)) {
    const value = row[column];
    if (value === undefined) return "unknown";
    if (String(value) !== String(key)) return "other";
  }
  const { uuid, parent, natural } = own;
  if (uuid !== undefined) return sameText(uuid, row["uuid"]);
  if (parent !== undefined) return sameText(parent.uuid, parentUuid);
  if (natural !== undefined) {
    const pairs = Object.entries(natural);
    const same = pairs.every(([column, value]) => JSON.stringify(row[column]) === JSON.stringify(value));
    return pairs.length > 0 && same ? "same" : "other";
  }
  return Object.values(own.key).every((key) => typeof key === "string") ? "same" : "unknown";
}

function sameText(logged: string, live: unknown): Sameness {
  if (typeof live !== "string") return "unknown";
  return live.toLowerCase() === logged.toLowerCase() ? "same" : "other";
}

/** A text that is equal for events of one row and different for those of different ones; undefined where nothing proves it. */
export function rowMark(kind: string, own: OwnRow | undefined): string | undefined {
  if (own === undefined) return undefined;
  const { table, key, uuid, parent, natural } = own;
  const isText = Object.values(key).every((part) => typeof part === "string");
  const proof = uuid?.toLowerCase() ?? parent?.uuid.toLowerCase() ??
    (natural === undefined ? undefined : Object.entries(natural).sort(([a], [b]) => (a < b ? -1 : 1)));
  return proof === undefined && !isText ? undefined : JSON.stringify([kind, table, key, proof]);
}
