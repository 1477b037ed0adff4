/** Recordings of the real application: `tests/data/recordings` (its README defines every symbol). */
import type { Json, Row } from "./dump.ts";

/** What an operation or a data set did to the database. */
export interface Recording {
  /** Path below `tests/data/recordings`, without `.json`. */
  readonly name: string;
  readonly operation?: string;
  readonly dataset?: string;
  readonly via: string;
  readonly release: string;
  /** True for a file that shows the application and not a run of ours. */
  readonly reference_only?: boolean;
  readonly note?: string;
  readonly actor?: string;
  /** Document or documents that describe the database before the operation. */
  readonly given?: Json;
  /** Document or documents that describe the operation; for `bootstrap*` with its environment. */
  readonly input?: Json;
  readonly row_counts?: Readonly<Record<string, number>>;
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  readonly updated: Readonly<Record<string, readonly RecordedUpdate[]>>;
  readonly deleted: Readonly<Record<string, readonly Row[]>>;
  /** Row → timestamp column → rank. */
  readonly clock: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** A row that an operation changed: changed columns only. */
export interface RecordedUpdate {
  readonly row: string;
  readonly before: Row;
  readonly after: Row;
}

/** A symbol that stands for a value which differs from run to run. */
export interface RecordedSymbol {
  /** A table (for its primary key), `uuid`, `client_key`, `server_key`, `master_key_id`, … */
  readonly kind: string;
  readonly number: number;
}

const folder = new URL("../data/recordings/", import.meta.url);

/** The recording of that name, as `operations/tag.plain.orm`, `bootstrap` or `older/2.265.0/core`. */
export async function loadRecording(name: string): Promise<Recording> {
  const recording: Recording = JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, folder)));
  return { ...recording, name };
}

/** Every recording of rows, by name: operations, data sets, `older/2.265.0`. Input documents and SDK answers have none. */
export async function loadRecordings(): Promise<Recording[]> {
  const names: string[] = [];
  for (const part of ["", "operations/", "older/2.265.0/"]) {
    for await (const entry of Deno.readDir(new URL(part, folder))) {
      if (entry.isFile && entry.name.endsWith(".json") && !entry.name.endsWith(".input.json")) {
        names.push(part + entry.name.slice(0, -".json".length));
      }
    }
  }
  return await Promise.all(names.sort().map(loadRecording));
}

/** What a value stands for, when it is a numbered symbol such as `$uuid.3`. */
export function parseSymbol(value: Json | undefined): RecordedSymbol | undefined {
  const match = typeof value === "string" ? /^\$([a-z_0-9]+)\.(\d+)$/.exec(value) : null;
  return match?.[1] === undefined ? undefined : { kind: match[1], number: Number(match[2]) };
}

/** True for the ORM recordings a run must reproduce, and for every data set. */
export function isTarget(recording: Recording): boolean {
  return recording.reference_only !== true &&
    (recording.dataset !== undefined || recording.via === "orm" || recording.via === "command");
}

/** Tables that only requests write: who did what, and sessions. */
const REQUEST_TABLES = ["audit_auditlog", "authtoken_token"];
/** Columns that say who did it. */
const AUTHOR_COLUMNS = ["history_user_id", "created_by_id", "published_by_id", "author_id"];

/**
 * A REST recording without what only a request writes (`docs/flagsmith/history.md#what-a-request-adds`): authors, audit
 * rows, tokens, and the later `updated_at` of environments, which is compared separately. For operations that have no
 * ORM recording to follow.
 */
export function withoutRequest(recording: Recording): Recording {
  const anonymous = (row: Row): Row =>
    Object.fromEntries(
      Object.entries(row).map(([column, value]) => [column, AUTHOR_COLUMNS.includes(column) ? null : value]),
    );
  const { environments_environment: _touched, ...updated } = recording.updated;
  return {
    ...recording,
    updated,
    rows: Object.fromEntries(
      Object.entries(recording.rows).filter(([table]) => !REQUEST_TABLES.includes(table)).map((
        [table, rows],
      ) => [table, rows.map(anonymous)]),
    ),
  };
}
