/** A dump without chance in it: two runs that did the same have equal normal dumps, ids and all. */
import type { Dump, Row } from "./dump.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)\+00:00"/g;

/** Columns whose values are random, besides uuids and times. */
const RANDOM = ["api_key", "password", "prefix", "hashed_key", "key"];

/**
 * Table → rows as text, in key order. Uuids and random values become labels in the order in which they first appear, so
 * that equal ones stay equal; times become their rank among all times. `source` of the log is left out: it names files.
 */
export function normalDump(dump: Dump): ReadonlyMap<string, readonly string[]> {
  const random = new Map<string, string>();
  for (const rows of dump.values()) {
    for (const row of rows) {
      for (const column of RANDOM) {
        const value = row[column];
        if (typeof value === "string" && value !== "" && !random.has(value)) {
          random.set(value, `<${column} ${random.size}>`);
        }
      }
    }
  }
  const times = new Map(
    [...new Set([...dump.values()].flatMap((rows) => rows.flatMap((row) => timesOf(row))))]
      .sort().map((time, rank) => [time, `"<time ${rank}>"`]),
  );
  const uuids = new Map<string, string>();
  const uuid = (value: string): string => {
    const label = uuids.get(value) ?? `<uuid ${uuids.size}>`;
    uuids.set(value, label);
    return label;
  };
  const cell = (value: Row[string] | undefined): string =>
    typeof value === "string" && random.has(value)
      ? `${random.get(value)}`
      : JSON.stringify(value).replaceAll(UUID, uuid).replaceAll(
        TIME,
        (_all, time: string) => times.get(sortable(time)) ?? time,
      );
  return new Map(
    [...dump].map((
      [table, rows],
    ) => [
      table,
      rows.map((row) =>
        Object.entries(row).filter(([column]) => column !== "source").map(([column, value]) =>
          `${column}=${cell(value)}`
        ).join(" ")
      ),
    ]),
  );
}

function timesOf(row: Row): readonly string[] {
  return [...JSON.stringify(row).matchAll(TIME)].map(([, time = ""]) => sortable(time));
}

/** `row_to_json` drops trailing zeros of the fraction; with all six digits text order is time order. */
function sortable(time: string): string {
  const [start = "", fraction = ""] = time.split(".");
  return `${start}.${fraction.padEnd(6, "0")}`;
}
