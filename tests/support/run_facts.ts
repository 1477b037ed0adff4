/** What a run did to a database, as facts to compare with a recording. */
import { diffDumps, type Dump, type Json, keyColumn, type Row } from "./dump.ts";
import { auditObjects, baseTable, catalog, variableReference } from "./flagsmith_catalog.ts";
import { verifyPassword } from "./password_hash.ts";
import type { Recording } from "./recordings.ts";
import { type Cell, type FactRow, type Facts, type Presence, stableJson } from "./row_facts.ts";

const environmentKey = "[23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz]{22}";
const encodedHash = "pbkdf2_sha256\\$\\d+\\$[A-Za-z0-9]{22}\\$[A-Za-z0-9+/]{43}=";

/** Formats of generated texts (`docs/flagsmith/keys.md`): column → kind of thing and pattern. */
const generated: ReadonlyMap<string, readonly [kind: string, pattern: RegExp]> = new Map([
  ["environments_environment.api_key", ["client_key", new RegExp(`^${environmentKey}$`)]],
  ["environments_historicalenvironment.api_key", ["client_key", new RegExp(`^${environmentKey}$`)]],
  ["environments_environmentapikey.key", ["server_key", new RegExp(`^ser\\.${environmentKey}$`)]],
  ["api_keys_masterapikey.id", ["master_key_id", new RegExp(`^[A-Za-z0-9]{8}\\.${encodedHash}$`)]],
  ["api_keys_masterapikey.prefix", ["master_key_prefix", /^[A-Za-z0-9]{8}$/]],
  ["api_keys_masterapikey.hashed_key", ["master_key_hash", new RegExp(`^${encodedHash}$`)]],
  ["authtoken_token.key", ["auth_token", /^[0-9a-f]{40}$/]],
]);
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A database before and after a run. */
export interface Run {
  readonly before: Dump;
  readonly after: Dump;
}

/** The facts of a run. The recording tells which literals and passwords to expect. `ranked`: see `CompareOptions`. */
export function runFacts(
  run: Run,
  recording: Recording,
  ranked: boolean,
  excluded: (table: string) => boolean,
): Facts {
  const diff = diffDumps(run.before, run.after);
  const earlier = timesOf(run.before);
  const { literals, passwords } = expectations(recording);
  const contentTypes = new Map(
    (run.after.get("django_content_type") ?? run.before.get("django_content_type") ?? [])
      .map((row) => [row["id"], `${row["app_label"]}.${row["model"]}`]),
  );
  const contentType = (value: unknown) => contentTypes.get(value as Json) ?? String(value);
  const keys = new Map<string, Presence>();
  for (const [dump, presence] of [[run.after, "new"], [run.before, "existing"]] as const) {
    for (const [table, rows] of dump) {
      for (const row of rows) keys.set(`${table} ${keyOf(row)}`, presence);
    }
  }
  const nodes = new Map<string, string>();
  const rank = ranked ? ranks(run) : undefined;
  const node = (kind: string, value: Json, isKey: boolean): Cell => {
    const name = `${kind} ${value}`;
    if (!nodes.has(name)) {
      const state = keys.get(name) ?? "gone";
      const number = state === "existing" ? rank?.(kind, value) : undefined;
      nodes.set(name, isKey ? `${kind} ${state}${number === undefined ? "" : ` ${number}`}` : kind);
    }
    return { kind: "node", node: name };
  };
  const cell = (table: string, row: Row, column: string): Cell => {
    const value = row[column] ?? null;
    const plain = (text: string): Cell => ({ kind: "plain", text });
    const place = `${table}.${column}`;
    if (value === null || literals.has(`${place} ${value}`)) return plain(stableJson(value));
    if (column === "content_type_id") return plain(stableJson(contentType(value)));
    if (catalog().times.has(place)) return plain(earlier.has(String(value)) ? '"$then"' : '"$now"');
    if (place === "users_ffadminuser.password") return plain(passwordText(String(value), passwords));
    const own = generated.get(place);
    if (own !== undefined) {
      return own[1].test(String(value)) && isConsistent(place, row)
        ? node(own[0], value, false)
        : plain(`${stableJson(value)}, not a valid ${own[0]}`);
    }
    if (catalog().uuids.has(place) || column === "related_object_uuid") {
      return uuidPattern.test(String(value)) ? node("uuid", value, false) : plain(stableJson(value));
    }
    if (column === keyColumn(row) && typeof value === "number") return node(table, value, true);
    const target = auditTarget(run.after, table, row, column) ?? catalog().references.get(place) ??
      variableReference(table, row, column, contentType);
    // A permission's key is its name.
    if (target === undefined || target === "permissions_permissionmodel") return plain(stableJson(value));
    if (target === "api_keys_masterapikey") return node("master_key_id", value, false);
    return node(target, Number(value), true);
  };
  const rows: FactRow[] = [];
  for (const event of ["inserted", "deleted"] as const) {
    for (const [table, list] of diff[event]) {
      if (excluded(table)) continue;
      for (const row of list) {
        const cells = new Map(Object.keys(row).map((column) => [column, cell(table, row, column)]));
        rows.push({ event, table, label: keyOf(row), cells });
      }
    }
  }
  for (const [table, list] of diff.updated) {
    if (excluded(table)) continue;
    for (const { before, after, columns } of list) {
      const key = keyColumn(after);
      const cells = new Map<string, Cell>();
      if (key !== undefined) cells.set("row", cell(table, after, key));
      for (const column of columns) cells.set(`before.${column}`, cell(table, before, column));
      for (const column of columns) cells.set(`after.${column}`, cell(table, after, column));
      rows.push({ event: "updated", table, label: keyOf(after), cells });
    }
  }
  return { rows, nodes };
}

function keyOf(row: Row): string {
  const column = keyColumn(row);
  return column === undefined ? stableJson(row) : String(row[column]);
}

/** The id of a master key is made of its prefix and its hash; the recordings were checked for it too. */
function isConsistent(place: string, row: Row): boolean {
  return place !== "api_keys_masterapikey.id" || row["id"] === `${row["prefix"]}.${row["hashed_key"]}`;
}

function passwordText(encoded: string, passwords: readonly (readonly [string, string])[]): string {
  if (/^![A-Za-z0-9]{40}$/.test(encoded)) return '"$unusable"';
  for (const [password, hasher] of passwords) {
    if (encoded.startsWith(`${hasher}$`) && verifyPassword(password, encoded)) {
      return stableJson({ $password: password, $hasher: hasher });
    }
  }
  return "a hash of none of the recorded passwords";
}

/** Texts that the recording has as they are, by place; and its passwords with their hashers. */
function expectations(recording: Recording): {
  readonly literals: ReadonlySet<string>;
  readonly passwords: readonly (readonly [string, string])[];
} {
  const literals = new Set<string>();
  const passwords: [string, string][] = [];
  const look = (table: string, row: Row) => {
    for (const [column, value] of Object.entries(row)) {
      if (typeof value === "string" && !value.startsWith("$")) literals.add(`${table}.${column} ${value}`);
      if (typeof value === "object" && value !== null && "$password" in value) {
        passwords.push([String(value["$password"]), String(value["$hasher"])]);
      }
    }
  };
  for (const section of [recording.rows, recording.deleted]) {
    for (const [table, rows] of Object.entries(section)) for (const row of rows) look(table, row);
  }
  for (const [table, rows] of Object.entries(recording.updated)) {
    for (const { before, after } of rows) {
      look(table, before);
      look(table, after);
    }
  }
  return { literals, passwords };
}

/** Every timestamp that stands anywhere in a dump. */
function timesOf(dump: Dump): ReadonlySet<string> {
  const times = new Set<string>();
  for (const rows of dump.values()) {
    for (const row of rows) {
      for (const value of Object.values(row)) {
        if (typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value)) times.add(value);
      }
    }
  }
  return times;
}

/**
 * An audit row about a segment override or an option names either that row or its feature, with the same type and class;
 * the history row it also names tells which.
 */
function auditTarget(after: Dump, table: string, row: Row, column: string): string | undefined {
  if (table !== "audit_auditlog" || column !== "related_object_id") return undefined;
  const history = variableReference(table, row, "history_record_id", String);
  const base = history === undefined ? undefined : baseTable(history);
  const type = auditObjects.get(String(row["related_object_type"]));
  if (history === undefined || base === type) return undefined;
  const record = after.get(history)?.find((candidate) =>
    candidate["history_id"] === row["history_record_id"]
  );
  return record?.["id"] === row[column] ? base : type;
}

/** Position of an id among all ids of its table that rows or history rows know, as recordings number them. */
function ranks(run: Run): (table: string, id: Json) => number {
  const ids = new Map<string, Set<number>>();
  const add = (table: string, id: Json | undefined) => {
    if (typeof id !== "number") return;
    const known = ids.get(table) ?? new Set();
    ids.set(table, known.add(id));
  };
  for (const dump of [run.before, run.after]) {
    for (const [table, rows] of dump) {
      const base = baseTable(table);
      for (const row of rows) {
        add(table, row[keyColumn(row) ?? ""]);
        if (base !== undefined) add(base, row["id"]);
      }
    }
  }
  const sorted = new Map<string, number[]>();
  return (table, id) => {
    const list = sorted.get(table) ?? [...ids.get(table) ?? []].sort((a, b) => a - b);
    sorted.set(table, list);
    return list.indexOf(Number(id)) + 1;
  };
}
