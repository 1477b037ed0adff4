/** What PostgreSQL said, in our words. Drivers quote parameters, so their messages are never repeated. */
import { lookup } from "../diagnostics/lookup.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import type { Statement } from "./statement.ts";

/** The facts of a failure that cannot hold a value. */
export interface Failure {
  readonly code: string;
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly constraint: string | undefined;
  /** `ERROR`, `FATAL`, `PANIC`, in English. */
  readonly severity: string | undefined;
  /** The function of the server that failed. */
  readonly routine: string | undefined;
  /** The function of the database in which it failed, with the types of its arguments: `public.audit()`. */
  readonly within: string | undefined;
  /** The system call that failed, where the socket speaks and not the server: `connect`, `read`, `write`. */
  readonly systemCall: string | undefined;
  /** True when the connection is gone. */
  readonly lost: boolean;
}

/** A row that is already there, in a table that can be kept from changing meanwhile. */
export class DuplicateRowError extends ProvisionError {
  readonly schema: string;
  readonly table: string;

  constructor(message: string, hint: string, schema: string, table: string) {
    super("FP410", EXIT.failed, message, hint);
    this.schema = schema;
    this.table = table;
  }
}

/** What a run would have gone on with after statements that failed: everything, writing without a further look, or nothing. */
export type Sequel = "everything" | "writing" | "nothing";

/** A right that the database user lacks (FP407), before anybody has looked which one it is. */
export class MissingRightError extends ProvisionError {
  /** The statements of which one failed, and those that would have come after them, as far as they are known. */
  readonly statements: readonly Statement[];
  readonly sequel: Sequel;

  constructor(
    message: string,
    hint: string,
    statements: readonly Statement[] = [],
    sequel: Sequel = "everything",
  ) {
    super("FP407", EXIT.failed, message, hint);
    this.statements = statements;
    this.sequel = sequel;
  }
}

/** The same error with the statements that failed. */
export function failedIn(error: ProvisionError, statements: readonly Statement[]): ProvisionError {
  return error instanceof MissingRightError
    ? new MissingRightError(error.message, error.hint ?? "", statements, error.sequel)
    : error;
}

/**
 * Waits for statements after which a run goes on as `sequel` says. When a right is missing for them, the report has what
 * `later` gives too, and nothing that could only have come of another look.
 */
export async function withSequel<T>(
  sequel: Sequel,
  work: Promise<T>,
  later: () => readonly Statement[] = () => [],
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof MissingRightError)) throw error;
    throw new MissingRightError(
      error.message,
      error.hint ?? "",
      [...error.statements, ...later()],
      sequel,
    );
  }
}

/** What is said when the database user lacks a right; `rolledBack` and `at` are words of the message. */
export function missingRight(doing: string, rolledBack: string, at = ""): MissingRightError {
  return new MissingRightError(
    `Cannot ${doing}: the database user lacks a right${at}`,
    `${rolledBack}. deploy/kubernetes/grants.sql holds every right that the program needs; creating the log table needs CREATE on the schema once`,
  );
}

/** The same error when nobody else could write to the table meanwhile, so that a repetition cures nothing. */
export function ownDuplicate({ message, schema, table }: DuplicateRowError): DuplicateRowError {
  return new DuplicateRowError(
    message,
    "Nothing was changed. Nobody else wrote to the table meanwhile: what the files declare does not fit what is there. If this flagsmith-provision is older than Flagsmith, a newer one may know the constraint",
    schema,
    table,
  );
}

/** Words of the driver and SQLSTATEs that mean the end of the session. */
const LOST: readonly string[] = [
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "57P01",
  "57P02",
  "57P03",
  "08006",
  "08003",
  "08000",
];
/**
 * What a socket says for itself: ECONNRESET, EPIPE, EBADF while it is written to. No class of SQLSTATEs begins with E. Where the
 * runtime has no name for it (UNKNOWN), there is a system call.
 */
const SOCKET = /^E[A-Z]+$|^ERR_/;
/** Reads code and names off whatever was thrown. */
export function failureOf(error: unknown): Failure {
  const field = (name: string): string | undefined => {
    const value: unknown = typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
    return typeof value === "string" ? value : undefined;
  };
  const code = field("code") ?? (error instanceof AggregateError ? failureOf(error.errors[0]).code : "") ??
    "";
  return {
    code,
    schema: field("schema_name"),
    table: field("table_name"),
    column: field("column_name"),
    constraint: field("constraint_name"),
    severity: field("severity"),
    routine: field("routine"),
    within: functionOf(field("where") ?? ""),
    systemCall: field("syscall"),
    lost: LOST.includes(code) || SOCKET.test(code) || field("syscall") !== undefined,
  };
}

/** `public.audit(integer)` in a context, in whatever language; names are quoted unless they are plain. */
const CALLED =
  /PL\/pgSQL.*?((?:[a-z_][a-z0-9_$]*|"(?:[^"]|"")+")(?:\.(?:[a-z_][a-z0-9_$]*|"(?:[^"]|"")+"))?\([^()]*\))/;
const CALLED_SQL = /^SQL function "([^"]+)" (?:statement|during)/;

/**
 * The outermost function of a context, which names what called what from the inside out. Nothing else of it is repeated, and
 * no line before: statements stand there, with values.
 */
function functionOf(where: string): string | undefined {
  const last = where.slice(where.lastIndexOf("\n") + 1);
  return CALLED.exec(last)?.[1] ?? CALLED_SQL.exec(last)?.[1];
}

/** What a name was looked up for that was not found. */
const MISSING_NAMES: Readonly<Record<string, string>> = lookup({
  "42P01": "table",
  "42703": "column",
  "42883": "function or operator",
  "42704": "type",
  "3F000": "schema",
});

function readOnlyError(doing: string): ProvisionError {
  return new ProvisionError(
    "FP408",
    EXIT.failed,
    `Cannot ${doing}: the database is read-only`,
    "This looks like a replica; connect to the primary",
  );
}

/** Values that PostgreSQL cannot read, or that are out of the range of their type. */
const NOT_OF_TYPE = /^22(?:003|007|008|00B|00M|00N|015|023|02E|P02|P03)$/;

/** A statement that failed, as an error for people. `doing` says what was under way: "write the rows". */
export function statementError(error: unknown, doing: string): ProvisionError {
  if (error instanceof ProvisionError) return error;
  const { code, schema, table, column, constraint, lost, routine, within } = failureOf(error);
  const at = table === undefined ? "" : ` in table ${table}`;
  const rolledBack = "Nothing was changed";
  if (lost) {
    return new ProvisionError(
      "FP404",
      EXIT.unreachable,
      `Cannot ${doing}: the connection to the database was lost`,
      `${rolledBack}; run it again`,
    );
  }
  const missing = MISSING_NAMES[code];
  if (missing !== undefined && within !== undefined) {
    return new ProvisionError(
      "FP469",
      EXIT.failed,
      `Cannot ${doing}: a function of this database, ${within}, does not find a ${missing}`,
      `${rolledBack}. A trigger or a constraint calls it, and functions run with search_path = pg_catalog, pg_temp here. Name the schemas in it, or give it a path of its own: ALTER FUNCTION ${within} SET search_path = public, or whatever schema it means`,
    );
  }
  switch (code) {
    case "55P03":
      return new ProvisionError(
        "FP405",
        EXIT.timeout,
        `Cannot ${doing}: another session holds the lock`,
        `${rolledBack}. Wait for the other run, or give a longer --lock-timeout`,
      );
    case "57014":
      return new ProvisionError(
        "FP406",
        EXIT.timeout,
        `Cannot ${doing}: the statement was cancelled`,
        rolledBack,
      );
    case "42501":
      return missingRight(doing, rolledBack, at);
    case "0A000":
      // A standby does not begin what could write.
      if (!/bool_check_hook|read_?only/i.test(routine ?? "")) break;
      return readOnlyError(doing);
    case "25006":
      return readOnlyError(doing);
    case "42P01":
    case "42703":
      return new ProvisionError(
        "FP409",
        EXIT.schema,
        `Cannot ${doing}: the schema lacks a table or a column that is needed for it`,
        `${rolledBack}. Is a migration running?`,
      );
    case "23505":
      return new DuplicateRowError(
        `Cannot ${doing}: a row with the same unique value exists already${at}${
          constraint === undefined ? "" : ` (constraint ${constraint})`
        }`,
        `${rolledBack}. Something else wrote at the same time, or a chosen key is taken; run it again`,
        schema ?? "",
        table ?? "",
      );
    case "23503":
      return new ProvisionError(
        "FP411",
        EXIT.failed,
        `Cannot ${doing}: a referenced row is gone${at}`,
        `${rolledBack}; run it again`,
      );
    case "23514":
    case "23P01":
      return new ProvisionError(
        "FP417",
        EXIT.failed,
        `Cannot ${doing}: a row breaks the constraint ${constraint ?? "of a check"}${at}`,
        `${rolledBack}. If this flagsmith-provision is older than Flagsmith, a newer one may know the constraint; else change what the files declare`,
      );
    case "22001":
      return new ProvisionError(
        "FP412",
        EXIT.failed,
        `Cannot ${doing}: a value is too long${at}`,
        rolledBack,
      );
    case "40001":
    case "40P01":
      return new ProvisionError(
        "FP413",
        EXIT.failed,
        `Cannot ${doing}: another session was in the way`,
        `${rolledBack}; run it again`,
      );
    case "53100":
    case "53200":
      return new ProvisionError(
        "FP414",
        EXIT.failed,
        `Cannot ${doing}: the server is out of disk or memory`,
        rolledBack,
      );
  }
  const where = `${column === undefined ? at : `${at}, column ${column}`}${
    within === undefined ? "" : `, in function ${within}`
  }`;
  return new ProvisionError(
    "FP415",
    EXIT.failed,
    NOT_OF_TYPE.test(code)
      ? `Cannot ${doing}: a value does not fit the type of its column (error ${code})${where}`
      : `Cannot ${doing}: PostgreSQL answered with error ${code === "" ? "of unknown code" : code}${where}`,
    rolledBack,
  );
}
