/** The table `provisioning_log` (`spec` section 7): append-only, commented, versioned by its comment. */
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { identifier, literal } from "../database/literal.ts";

/** The version of the table that this release writes. */
export const LOG_VERSION = 2;

const COLUMNS: readonly (readonly [name: string, type: string, comment: string])[] = [
  ["seq", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "Order of the events."],
  ["run_id", "uuid NOT NULL", "One run of the tool: all events of one transaction share it."],
  ["recorded_at", "timestamptz NOT NULL DEFAULT clock_timestamp()", "When the event was written."],
  ["command", "text NOT NULL", "The command that ran: apply, reset, teardown, adopt, log."],
  [
    "event",
    "text NOT NULL CHECK (event IN ('created', 'updated', 'adopted', 'renamed', 'rotated', 'deleted', 'restored', 'failed', 'pruned', 'protected'))",
    "What happened to the entity.",
  ],
  ["kind", "text NOT NULL", "Kind of the entity: user, organisation, project, …"],
  ["address", "text NOT NULL", "Stable name of the entity: kind:Organisation/Project/Name."],
  ["content_hash", "text", "v1: and the SHA-256 of the declared content without secrets; not unique."],
  [
    "rows",
    "jsonb NOT NULL DEFAULT '{}'",
    "Rows inserted (table: ids in ranges), the own row with its uuid or natural key, columns changed with old and new values; never a secret.",
  ],
  [
    "details",
    "jsonb NOT NULL DEFAULT '{}'",
    "What else is worth keeping: a description that Flagsmith has no column for, where the entity was declared.",
  ],
  ["tool_version", "text NOT NULL", "Version of flagsmith-provision."],
  [
    "schema_release",
    "text NOT NULL",
    "Flagsmith release that the schema belongs to, as far as its migrations tell.",
  ],
  ["actor", "text NOT NULL", "Database user that ran the tool."],
  ["source", "text NOT NULL", "Where the wish came from: files, preset, command."],
];

/** Statements that create the table, its indexes, its comments and the trigger that keeps it append-only. */
export function createLogStatements(schema: string): readonly string[] {
  const table = `${identifier(schema)}.provisioning_log`;
  const refuse = `${identifier(schema)}.provisioning_log_refuse`;
  return [
    `CREATE TABLE ${table} (\n${COLUMNS.map(([name, type]) => `  ${name} ${type}`).join(",\n")}\n)`,
    ...indexStatements(schema),
    refuseStatement(schema),
    `CREATE TRIGGER provisioning_log_append_only BEFORE UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${refuse}()`,
    `CREATE TRIGGER provisioning_log_no_truncate BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION ${refuse}()`,
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
export function prepareLogStatements({ schema, logVersion, ownsLog }: LogState): readonly string[] {
  if (logVersion === 0) return createLogStatements(schema);
  return logVersion < LOG_VERSION && ownsLog ? upgradeLogStatements(schema) : [];
}

/**
 * From version 1. Its index of addresses was a B-tree in the first releases, it had none of runs, and its trigger let
 * everybody prune who may delete.
 */
function upgradeLogStatements(schema: string): readonly string[] {
  return [
    `DROP INDEX IF EXISTS ${identifier(schema)}.provisioning_log_address`,
    ...indexStatements(schema),
    refuseStatement(schema),
    ...commentStatements(schema),
  ];
}

function indexStatements(schema: string): readonly string[] {
  const table = `${identifier(schema)}.provisioning_log`;
  return [
    // A B-tree refuses entries of more than a third of a page, and an address of three long names is longer.
    `CREATE INDEX provisioning_log_address ON ${table} USING hash (address)`,
    `CREATE INDEX provisioning_log_run ON ${table} (run_id)`,
  ];
}

/** The trigger's function: rows may go only in a transaction of `log prune`, run by a member of the role that owns the table. */
function refuseStatement(schema: string): string {
  return `CREATE OR REPLACE FUNCTION ${
    identifier(schema)
  }.provisioning_log_refuse() RETURNS trigger LANGUAGE plpgsql AS ${
    literal(`BEGIN
  IF TG_OP = 'DELETE' AND current_setting('flagsmith_provision.prune', true) = 'on'
    AND pg_has_role(current_user, (SELECT c.relowner FROM pg_catalog.pg_class c WHERE c.oid = TG_RELID), 'MEMBER') THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'provisioning_log is append-only' USING ERRCODE = 'restrict_violation', HINT = 'Use flagsmith-provision log prune';
END`)
  }`;
}

function commentStatements(schema: string): readonly string[] {
  const table = `${identifier(schema)}.provisioning_log`;
  return [
    `COMMENT ON TABLE ${table} IS ${
      literal(
        `What flagsmith-provision did to this database, one row an action; append-only. Log version ${LOG_VERSION}.`,
      )
    }`,
    ...COLUMNS.map(([name, , comment]) => `COMMENT ON COLUMN ${table}.${name} IS ${literal(comment)}`),
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
