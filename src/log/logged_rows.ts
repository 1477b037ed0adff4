/**
 * The column `rows` of the log, read without trust: whoever may INSERT into the log could have written it, and a teardown
 * acts on it. Pure.
 */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";

/** Where an event is in the log. */
export interface EventPlace {
  readonly seq: number;
  readonly address: string;
}

/** How the entity's own row is recognised again: its table, id and what cannot be reused. */
export interface OwnRow {
  readonly table: string;
  /** The primary key, or for keys whose id holds a hash the public prefix. */
  readonly key: Readonly<Record<string, string | number>>;
  readonly uuid?: string;
  /** For rows of tables without a kind: the columns that tell them, as they were written. */
  readonly natural?: Readonly<Record<string, unknown>>;
  /** For rows without a uuid: the column that points to a row that has one. */
  readonly parent?: { readonly column: string; readonly table: string; readonly uuid: string };
}

/** Rows that an action inserted and changed. */
export interface LoggedRows {
  readonly own?: OwnRow;
  /** Table → primary keys, integers in ranges: `5-9,12`. */
  readonly inserted?: Readonly<Record<string, string>>;
  /** Table → primary key → fingerprint of a row without history: shows that someone changed it since (`row_sum.ts`). */
  readonly sums?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly updated?: readonly {
    readonly table: string;
    readonly key: Readonly<Record<string, unknown>>;
    readonly columns: Readonly<Record<string, readonly [unknown, unknown]>>;
  }[];
  /** Rows that the action deleted, whole, so that they can be restored; `{secret: true}` stands for what is never kept. */
  readonly deleted?: readonly {
    readonly table: string;
    readonly key: Readonly<Record<string, unknown>>;
    readonly row: Readonly<Record<string, unknown>>;
  }[];
}

/** Refuses to act on an event; `problem` is what it does, as the end of a sentence. */
export function refuseEvent({ seq, address }: EventPlace, problem: string): never {
  throw new ProvisionError(
    "FP438",
    EXIT.failed,
    `Event ${seq} of the log (${address}) ${problem}, which no event of this program does`,
    "Somebody else wrote it, or it was damaged. See who may INSERT into provisioning_log; `log --format json` shows the event. Nothing was changed",
  );
}

/** Reads the column `rows`; throws `ProvisionError` for what this program does not write. */
export function readLoggedRows(value: unknown, place: EventPlace): LoggedRows {
  if (value === null || value === undefined) return {};
  if (!isLoggedRows(value)) refuseEvent(place, "has another form");
  return value;
}

/** True for the form that this program writes. */
export function isLoggedRows(value: unknown): value is LoggedRows {
  if (!isRecord(value)) return false;
  const { own, inserted, sums, updated, deleted } = value;
  return (own === undefined || isOwnRow(own)) &&
    (inserted === undefined || isRecordOf(inserted, isText)) &&
    (sums === undefined || isRecordOf(sums, (of) => isRecordOf(of, isText))) &&
    (updated === undefined || isListOf(updated, (row) =>
      isRowOfKey(row) &&
      isRecordOf(row["columns"], (change) => Array.isArray(change) && change.length === 2))) &&
    (deleted === undefined || isListOf(deleted, isDeletedRow));
}

/** True for a row that an event deleted. */
export function isDeletedRow(value: unknown): value is NonNullable<LoggedRows["deleted"]>[number] {
  return isRowOfKey(value) && isRecord(value["row"]);
}

function isOwnRow(value: unknown): value is OwnRow {
  if (!isRowOfKey(value)) return false;
  const { uuid, natural, parent } = value;
  return (uuid === undefined || isUuid(uuid)) && (natural === undefined || isRecord(natural)) &&
    (parent === undefined ||
      isRecord(parent) && isText(parent["column"]) && isText(parent["table"]) && isUuid(parent["uuid"]));
}

/** A row with its table and a key of one column. */
function isRowOfKey(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value) || !isText(value["table"]) || !isRecord(value["key"])) return false;
  const keys = Object.values(value["key"]);
  return keys.length === 1 && keys.every((key) => typeof key === "string" || Number.isSafeInteger(key));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRecordOf(value: unknown, test: (value: unknown) => boolean): boolean {
  return isRecord(value) && Object.values(value).every(test);
}

function isListOf(value: unknown, test: (value: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(test);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isUuid(value: unknown): value is string {
  return isText(value) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
}
