/** A recording as facts to compare with. */
import { keyColumn, type Row } from "./dump.ts";
import { baseTable } from "./flagsmith_catalog.ts";
import { parseSymbol, type Recording } from "./recordings.ts";
import { type Cell, type FactRow, type Facts, type Presence, stableJson } from "./row_facts.ts";

/** The facts of a recording; nodes are named by their symbols. `ranked`: existing rows keep their number, see `CompareOptions`. */
export function recordedFacts(
  recording: Recording,
  ranked: boolean,
  excluded: (table: string) => boolean,
): Facts {
  const rows: FactRow[] = [];
  const created = new Set<string>();
  const existing = new Set<string>();
  const cellsOf = (row: Row, prefix = ""): [string, Cell][] =>
    Object.entries(row).map(([column, value]) => [prefix + column, recordedCell(value)]);
  const add = (event: "inserted" | "deleted", table: string, row: Row) => {
    const column = keyColumn(row);
    const key = column === undefined ? stableJson(row) : String(row[column]);
    (event === "inserted" ? created : existing).add(key);
    rows.push({ event, table, label: key, cells: new Map(cellsOf(row)) });
  };
  for (const [table, list] of tablesOf(recording.rows, excluded)) {
    for (const row of list) add("inserted", table, row);
  }
  for (const [table, list] of tablesOf(recording.deleted, excluded)) {
    for (const row of list) add("deleted", table, row);
  }
  for (const [table, list] of tablesOf(recording.updated, excluded)) {
    for (const { row, before, after } of list) {
      const key = row.slice(row.indexOf("$"));
      existing.add(key);
      const cells: [string, Cell][] = [["row", recordedCell(key)]];
      rows.push({
        event: "updated",
        table,
        label: key,
        cells: new Map(cells.concat(cellsOf(before, "before."), cellsOf(after, "after."))),
      });
    }
  }
  // Rows that were made and hard-deleted within the operation are only in its history.
  const passing = new Set<string>();
  for (const [table, list] of tablesOf(recording.rows, excluded)) {
    if (baseTable(table) === undefined) continue;
    for (const row of list) if (row["history_type"] === "+") passing.add(String(row["id"]));
  }
  const presence = (node: string): Presence => {
    if (created.has(node)) return "new";
    if (existing.has(node)) return "existing";
    return recording.dataset !== undefined || passing.has(node) ? "gone" : "existing";
  };
  const nodes = new Map<string, string>();
  for (const { cells } of rows) {
    for (const cell of cells.values()) {
      if (cell.kind !== "node" || nodes.has(cell.node)) continue;
      const symbol = parseSymbol(cell.node);
      const kind = symbol?.kind ?? "";
      if (!kind.includes("_") || randomKinds.has(kind)) nodes.set(cell.node, kind);
      else {
        const state = presence(cell.node);
        nodes.set(cell.node, `${kind} ${state}${ranked && state === "existing" ? ` ${symbol?.number}` : ""}`);
      }
    }
  }
  return { rows, nodes };
}

/** Kinds of symbols that are not primary keys numbered by PostgreSQL. */
export const randomKinds: ReadonlySet<string> = new Set([
  "uuid",
  "client_key",
  "server_key",
  "master_key_id",
  "master_key_prefix",
  "master_key_hash",
  "auth_token",
]);

function recordedCell(value: Row[string]): Cell {
  return parseSymbol(value) === undefined
    ? { kind: "plain", text: stableJson(value) }
    : { kind: "node", node: String(value) };
}

function tablesOf<T>(
  section: Readonly<Record<string, T>>,
  excluded: (table: string) => boolean,
): [string, T][] {
  return Object.entries(section).filter(([table]) => !excluded(table));
}
