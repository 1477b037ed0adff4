/** A dump without chance in it: two runs that did the same have equal normal dumps, ids and all. */
import { type Dump, keyColumn, type Row } from "./dump.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** A fingerprint in the log: which columns it is made of stays, their values (uuids and times among them) do not. */
const SUM = /"([0-9a-f]{4}):[0-9a-f]{8}"/g;
const TIME = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)\+00:00"/g;

/** Primary key of a master API key: its prefix and its hash. */
const MASTER_KEY = /[A-Za-z0-9]{8}\.pbkdf2_sha256\$\d+\$[A-Za-z0-9]+\$[A-Za-z0-9+/]{43}=/g;

/** Columns whose values are random, besides uuids and times. */
const RANDOM = ["api_key", "password", "prefix", "hashed_key", "key"];

/** Tables whose `updated_at` is the touch of decision 9, or a copy of it. */
const TOUCHED: ReadonlySet<string> = new Set([
  "environments_environment",
  "environments_historicalenvironment",
]);

/**
 * Table → rows as text, in key order. Uuids and random values become labels in the order in which they first appear, so
 * that equal ones stay equal; times become their rank among all times. `source` of the log is left out: it names files.
 * `updated_at` of an environment says only whether it has moved since the environment was made: how far depends on the second
 * of the clock (decision 9), and so does its rank.
 */
export function normalDump(tables: Dump): ReadonlyMap<string, readonly string[]> {
  const dump = withoutTouch(inOrder(tables));
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
  // The log tells a master API key by its prefix.
  const prefixes = [...random].filter(([, label]) => label.startsWith("<prefix"));
  const withoutPrefixes = (text: string): string =>
    prefixes.reduce((rest, [value, label]) => rest.replaceAll(`"${value}"`, `"${label}"`), text);
  const cell = (value: Row[string] | undefined): string =>
    typeof value === "string" && random.has(value)
      ? `${random.get(value)}`
      : withoutPrefixes(JSON.stringify(value)).replaceAll(MASTER_KEY, "<master key>").replaceAll(UUID, uuid)
        .replaceAll(
          SUM,
          '"$1:<sum>"',
        ).replaceAll(
          TIME,
          (_all, time: string) => times.get(sortable(time)) ?? time,
          // The log lists uuids in their own order, which is chance.
        ).replaceAll(
          /"(<uuid \d+>(?:,<uuid \d+>)+)"/g,
          (_all, list: string) => `"${list.split(",").sort()}"`,
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

function withoutTouch(dump: Dump): Dump {
  const touched = (row: Row): Row => {
    const [updated, created] = [
      Date.parse(String(row["updated_at"])),
      Date.parse(String(row["created_date"])),
    ];
    // What is no time has been put there by a test that knows more.
    return Number.isNaN(updated) ? row : { ...row, updated_at: updated > created ? "<moved>" : "<as made>" };
  };
  return new Map([...dump].map(([table, rows]) => [table, TOUCHED.has(table) ? rows.map(touched) : rows]));
}

/** Rows whose primary key is random come in the order of their times. */
function inOrder(dump: Dump): Dump {
  const text = (row: Row): string => timesOf(row).join(" ");
  return new Map(
    [...dump].map(([table, rows]) => [
      table,
      rows.every((row) => typeof row[keyColumn(row) ?? ""] === "number")
        ? rows
        : rows.toSorted((a, b) => text(a) < text(b) ? -1 : 1),
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
