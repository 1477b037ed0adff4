/**
 * Whether events are such as this program writes: as many rows as a run can have written, and of those tables and columns
 * only that their kind has. Whoever may INSERT into the log could have written others, which an undoing would expand, delete,
 * write and restore. Pure.
 */
import { knownColumns } from "../kinds/known_columns.ts";
import { isReserved } from "./reserved_tables.ts";
import { KIND_NAMES, type KindName } from "../kinds/specs.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { type ActiveEvent, readRange } from "./events.ts";
import { refuseEvent as refuse } from "./logged_rows.ts";

/** How many rows an event may say that it inserted. A run of this program that inserted more has not been seen. */
export const ROWS_OF_AN_EVENT = 1_000_000;

/** How many rows all events that stand may say that they inserted, taken together: each takes memory. */
export const ROWS_OF_THE_LOG = 20_000_000;

/** What `ranges()` writes. A uuid or the prefix of a key may consist of digits, too, and is none of it. */
const RANGES = /^(0|[1-9]\d*)(-[1-9]\d*)?(,(0|[1-9]\d*)(-[1-9]\d*)?)*$/;

/** True for a list of rows that is written as ranges of whole numbers. */
export function isRanges(text: string): boolean {
  return RANGES.test(text);
}

/** Throws `ProvisionError` for the first event that is no event of this program. */
export function checkEvents(events: readonly ActiveEvent[]): void {
  let all = 0;
  for (const event of events) {
    all += checkNumbers(event);
    if (all > ROWS_OF_THE_LOG) {
      refuse(event, `is the one at which all events together name more than ${ROWS_OF_THE_LOG} rows`);
    }
    checkOwner(event);
  }
}

/** How many rows an event inserted. */
function checkNumbers(event: ActiveEvent): number {
  let count = 0;
  for (const [table, text] of Object.entries(event.rows.inserted ?? {})) {
    if (!isRanges(text)) {
      count += text.split(",").length;
      continue;
    }
    for (const part of text.split(",")) {
      const { from, to } = readRange(part);
      if (!Number.isSafeInteger(to) || to < from) refuse(event, `says "${part.slice(0, 60)}" of ${table}`);
      count += to - from + 1;
    }
    if (count > ROWS_OF_AN_EVENT) {
      refuse(
        event,
        `says that it inserted more than ${ROWS_OF_AN_EVENT} rows, ${text.slice(0, 60)} of ${table}`,
      );
    }
  }
  return count;
}

/** What the rows of one kind may be. */
interface Owned {
  /** The table of the own row; undefined where there is none. */
  readonly own: string | undefined;
  /** Table → columns. */
  readonly tables: ReadonlyMap<string, ReadonlySet<string>>;
}

const SITE: Owned = { own: undefined, tables: new Map([["django_site", new Set(["domain"])]]) };

const ownedByKind = new Map<KindName, Owned>();

function ownedBy(kind: string): Owned | undefined {
  if (kind === "app_domain") return SITE;
  const name = KIND_NAMES.find((one) => one === kind);
  if (name === undefined) return undefined;
  const known = ownedByKind.get(name) ?? {
    own: LIVE_TABLES[name].table,
    tables: new Map([...knownColumns(new Set([name]))].map(([table, names]) => [table, new Set(names)])),
  };
  ownedByKind.set(name, known);
  return known;
}

/** Columns that tell a row for ever: no update of this program changes them. */
const KEYS: ReadonlySet<string> = new Set(["id", "uuid", "history_id"]);

function checkOwner(event: ActiveEvent): void {
  const { own, inserted = {}, updated = [], deleted = [] } = event.rows;
  if (event.kind === "row") {
    checkRawRow(event);
    return;
  }
  const owned = ownedBy(event.kind);
  const tables = [
    ...Object.keys(inserted),
    ...updated.map((row) => row.table),
    ...deleted.map((row) => row.table),
  ];
  if (owned === undefined) {
    if (own !== undefined || tables.length > 0) refuse(event, `is of an unknown kind, "${event.kind}"`);
    return;
  }
  if (own !== undefined && own.table !== owned.own) refuse(event, `has its own row in ${own.table}`);
  const strange = tables.find((table) => !owned.tables.has(table));
  if (strange !== undefined) refuse(event, `names rows of ${strange}`);
  for (const { table, key, columns } of [...updated, ...deleted.map((row) => ({ ...row, columns: {} }))]) {
    for (const column of Object.keys(key)) {
      if (!KEYS.has(column) && !(table === owned.own && isOwnKey(event.kind, column))) {
        refuse(event, `names a row of ${table} by ${column}`);
      }
    }
    for (const column of Object.keys(columns)) {
      if (KEYS.has(column) || owned.tables.get(table)?.has(column) !== true) {
        refuse(event, `changed ${table}.${column}`);
      }
    }
  }
}

function isOwnKey(kind: string, column: string): boolean {
  return KIND_NAMES.some((name) => name === kind && LIVE_TABLES[name].primaryKey === column);
}

/** An item of `rows` has one row, of a table without a kind. */
function checkRawRow(event: ActiveEvent): void {
  const { own, inserted = {}, updated = [], deleted = [] } = event.rows;
  if (own === undefined || isReserved(own.table)) {
    refuse(event, own === undefined ? "has no row of its own" : `has its own row in ${own.table}`);
  }
  const [column, key] = Object.entries(own.key)[0] ?? [];
  const others = [
    ...Object.entries(inserted).flatMap(([table, text]) =>
      table === own.table && text === String(key) ? [] : [table]
    ),
    ...[...updated, ...deleted].flatMap((row) =>
      row.table === own.table && column !== undefined && row.key[column] === key ? [] : [row.table]
    ),
  ];
  if (others[0] !== undefined) refuse(event, `names another row, of ${others[0]}`);
  if (updated.some(({ columns }) => column !== undefined && column in columns)) {
    refuse(event, `changed ${own.table}.${column}`);
  }
}
