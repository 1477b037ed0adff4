/** The table `provisioning_log` (`docs/log.md#columns`): append-only, commented, versioned by its comment. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import {
  command,
  type Fragment,
  identifier,
  join,
  list,
  sql,
  type Statement,
  tableIn,
} from "../database/statement.ts";
import { EVENT_NAMES } from "./event_names.ts";

/** The version of the table that this release writes. */
export const LOG_VERSION = 2;

/** Name of the table. */
export const LOG_TABLE = "provisioning_log";

/** Name of the trigger's function. */
const REFUSE = "provisioning_log_refuse";

const COLUMNS: readonly (readonly [name: string, type: Fragment, comment: string])[] = [
  ["seq", sql`bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY`, "Order of the events."],
  ["run_id", sql`uuid NOT NULL`, "One run of the tool: all events of one transaction share it."],
  ["recorded_at", sql`timestamptz NOT NULL DEFAULT clock_timestamp()`, "When the event was written."],
  ["command", sql`text NOT NULL`, "The command that ran: apply, reset, teardown, adopt, log."],
  [
    "event",
    sql`text NOT NULL CHECK (event IN (${list(EVENT_NAMES)}))`,
    "What happened to the entity.",
  ],
  ["kind", sql`text NOT NULL`, "Kind of the entity: user, organisation, project, …"],
  ["address", sql`text NOT NULL`, "Stable name of the entity: kind:Organisation/Project/Name."],
  ["content_hash", sql`text`, "v1: and the SHA-256 of the declared content without secrets; not unique."],
  [
    "rows",
    sql`jsonb NOT NULL DEFAULT '{}'`,
    "Rows inserted (table: ids in ranges), the own row with its uuid or natural key, columns changed with old and new values; never a secret.",
  ],
  [
    "details",
    sql`jsonb NOT NULL DEFAULT '{}'`,
    "What else is worth keeping: a description that Flagsmith has no column for, where the entity was declared.",
  ],
  ["tool_version", sql`text NOT NULL`, "Version of flagsmith-provision."],
  [
    "schema_release",
    sql`text NOT NULL`,
    "Flagsmith release that the schema belongs to, judged by its migrations.",
  ],
  ["actor", sql`text NOT NULL`, "Database user that ran the tool."],
  ["source", sql`text NOT NULL`, "Where the wish came from: files, preset, command."],
];

/** The table, in the schema of Flagsmith's tables. */
export function logTable(schema: string): Fragment {
  return tableIn(schema, LOG_TABLE);
}

/** The table as an object of the catalog, NULL when there is none. */
export function logRegclass(schema: string): Fragment {
  return sql`to_regclass(quote_ident(${schema}) || '.' || quote_ident(${LOG_TABLE}))`;
}

/** Statements that create the table, its indexes, its comments and the trigger that keeps it append-only. */
export function createLogStatements(schema: string): readonly Statement[] {
  const table = logTable(schema);
  const refuse = tableIn(schema, REFUSE);
  return [
    command`CREATE TABLE ${table} (\n${
      join(COLUMNS.map(([name, type]) => sql`  ${identifier(name)} ${type}`), sql`,\n`)
    }\n)`,
    ...indexStatements(schema),
    refuseStatement(schema),
    command`CREATE TRIGGER provisioning_log_append_only BEFORE UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${refuse}()`,
    command`CREATE TRIGGER provisioning_log_no_truncate BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION ${refuse}()`,
    ...commentStatements(schema),
  ];
}

/** A log as the catalog describes it. */
export interface LogState {
  readonly schema: string;
  /** 0 when there is no log. */
  readonly logVersion: number;
  /** True when the user may change the table itself. */
  readonly ownsLog: boolean;
}

/**
 * What must run before a run of this release writes to the log: statements that create it, that bring an older one up to
 * date, or none. Older versions can be written to as they are, so a user who may not change the table leaves it alone.
 */
export function prepareLogStatements({ schema, logVersion, ownsLog }: LogState): readonly Statement[] {
  if (logVersion === 0) return createLogStatements(schema);
  return logVersion < LOG_VERSION && ownsLog ? upgradeLogStatements(schema) : [];
}

/**
 * From version 1. Its index of addresses was a B-tree in the first releases, it had none of runs, and its trigger let
 * everybody prune who may delete.
 */
function upgradeLogStatements(schema: string): readonly Statement[] {
  return [
    command`DROP INDEX IF EXISTS ${tableIn(schema, "provisioning_log_address")}`,
    ...indexStatements(schema),
    refuseStatement(schema),
    ...commentStatements(schema),
  ];
}

function indexStatements(schema: string): readonly Statement[] {
  const table = logTable(schema);
  return [
    // A B-tree refuses entries of more than a third of a page, and an address of three long names is longer.
    command`CREATE INDEX provisioning_log_address ON ${table} USING hash (address)`,
    command`CREATE INDEX provisioning_log_run ON ${table} (run_id)`,
  ];
}

/** The trigger's function: rows may go only in a transaction of `log prune`, run by a member of the role that owns the table. */
function refuseStatement(schema: string): Statement {
  return command`CREATE OR REPLACE FUNCTION ${
    tableIn(schema, REFUSE)
  }() RETURNS trigger LANGUAGE plpgsql AS ${`BEGIN
  IF TG_OP = 'DELETE' AND current_setting('flagsmith_provision.prune', true) = 'on'
    AND pg_has_role(current_user, (SELECT c.relowner FROM pg_catalog.pg_class c WHERE c.oid = TG_RELID), 'MEMBER') THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'provisioning_log is append-only' USING ERRCODE = 'restrict_violation', HINT = 'Use flagsmith-provision log prune';
END`}`;
}

function commentStatements(schema: string): readonly Statement[] {
  const table = logTable(schema);
  return [
    command`COMMENT ON TABLE ${table} IS ${`What flagsmith-provision did to this database, one row an action; append-only. Log version ${LOG_VERSION}.`}`,
    ...COLUMNS.map(([name, , comment]) =>
      command`COMMENT ON COLUMN ${table}.${identifier(name)} IS ${comment}`
    ),
  ];
}

/** Refuses a log that a newer release wrote. */
export function checkLogVersion(version: number): void {
  if (version > LOG_VERSION) {
    throw new ProvisionError(
      "FP422",
      EXIT.schema,
      `The provisioning log has version ${version}; this release knows version ${LOG_VERSION}`,
      "A newer flagsmith-provision wrote it; use that one. Nothing was changed",
    );
  }
}
