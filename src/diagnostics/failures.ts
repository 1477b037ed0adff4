/**
 * The one table of failures: what stops the work though the files are right, or before they are read. Like the codes of
 * findings (`codes.ts`) they never change their meaning, and `docs/errors.md` is made from both. FP40x and FP41x: the
 * server's answers. FP42x: what may not be touched. FP43x and FP46x: commands. FP45x: `serve`. FP47x: waiting. FP5xx: usage
 * and the tool itself.
 */

/** What a failure stands for. */
export interface FailureEntry {
  /** A few words, as a heading. */
  readonly title: string;
  /** Exit codes of the process or, for what `serve` answers, `HTTP` and the status. */
  readonly ends: string;
  /** Why it happens and what to do. */
  readonly help: string;
}

const failure = (ends: string, title: string, help: string): FailureEntry => ({ title, ends, help });

/** Every failure of the tool. */
export const FAILURES = {
  FP401: failure(
    "64",
    "No database was given",
    "Neither `--database-url` nor `DATABASE_URL`, `DJANGO_DB_HOST` (and the other `DJANGO_DB_*` variables), or `PGHOST` is set. Set one of them.",
  ),
  FP402: failure(
    "64",
    "The database address cannot be used",
    "The form is `postgresql://user:password@host:5432/name?sslmode=require`, or libpq's `host=db user=name`; special characters of user and password are percent-encoded. A parameter that is not understood or cannot be honoured is refused by its name (docs/cli.md lists them). The message names the variable or option, and never repeats the address.",
  ),
  FP403: failure(
    "69",
    "The database cannot be reached",
    "No server answers at the address, it refuses the user, it does not know the database, it has no connection left, or TLS fails: it has none, or its certificate has an unknown issuer, another name, or has expired. The message says which. `--wait 60s` waits for a server that is still starting.",
  ),
  FP404: failure(
    "69",
    "The connection to the database was lost",
    "The server ended the session or the network failed. What was under way was rolled back; run it again.",
  ),
  FP405: failure(
    "75",
    "Another session holds the lock",
    "Another run of this tool is at work, or another session holds a table. The message names command, process, run and role as far as this user may see them (`pg_read_all_stats` shows all). Wait for it, or give a longer `--lock-timeout`.",
  ),
  FP406: failure(
    "75",
    "The statement was cancelled",
    "The server's `statement_timeout` passed, or an administrator cancelled it. It was rolled back.",
  ),
  FP407: failure(
    "1",
    "The database user lacks a right",
    "The message names every right that is missing for the command, with the schema, table or sequence; the hint has the `GRANT` of each, and after them the command runs. They are those of the plan when it could be made, else those that the declared entities may come to need. `deploy/kubernetes/grants.sql` grants all that the program needs, and no more. The log table is made once by `log init` with a role that may create tables.",
  ),
  FP408: failure("1", "The database is read-only", "This looks like a replica. Connect to the primary."),
  FP409: failure(
    "78",
    "The schema lacks a table or a column",
    "Most likely a migration is running: run it again afterwards, or use `--wait`.",
  ),
  FP410: failure(
    "1",
    "A row with the same unique value exists",
    "Another session, or an entity that the files do not name, holds a value that may occur once. The message names table and constraint. Where nobody else could write meanwhile, the run is not repeated: the files want a value twice, or a newer Flagsmith has a constraint that the program does not know. It was rolled back.",
  ),
  FP411: failure(
    "1",
    "A referenced row is gone",
    "Another session removed what a new row refers to, again and again. It was rolled back; run it again.",
  ),
  FP412: failure(
    "1",
    "A value is too long",
    "The live column is shorter than the value. It was rolled back; shorten the value.",
  ),
  FP413: failure(
    "1",
    "Another session interfered",
    "A deadlock or a serialization failure, after several attempts. It was rolled back; run it again.",
  ),
  FP414: failure(
    "1",
    "The server is out of disk or memory",
    "It was rolled back. Make room on the server, then run it again.",
  ),
  FP415: failure(
    "1",
    "PostgreSQL answered with another error",
    "The message gives PostgreSQL's own error code, table and column, never its text, which could quote a value. It was rolled back. If the schema is Flagsmith's own, please report it.",
  ),
  FP416: failure(
    "64",
    "A file of the database address cannot be used",
    "A certificate, a key or a password file that the address or a variable names (`sslrootcert`, `sslcert`, `sslkey`, `passfile`) cannot be read, or a file of secrets may be read by others than its owner, which libpq refuses, too.",
  ),
  FP417: failure(
    "1",
    "A row breaks a constraint",
    "The database has a check or exclusion constraint that a row does not meet; the message names it and its table, never the row. Flagsmith's own have been in every release that the program was tested with. Use a newer `flagsmith-provision`, or change what the files declare. It was rolled back.",
  ),
  FP418: failure(
    "78",
    "The database has another encoding than UTF8",
    "Names and values of Flagsmith may hold any character, which only UTF8 can store. Dump the database, and restore it into one made with `ENCODING 'UTF8'`. SQL_ASCII is accepted, since it stores bytes as they are.",
  ),
  FP419: failure(
    "1",
    "Row level security may hide rows",
    "A policy of a table applies to the database user, so that rows may be there that it does not see; they would be created a second time. Connect as the owner of the tables, or as a role with `BYPASSRLS`.",
  ),
  FP420: failure(
    "78",
    "The database holds no Flagsmith tables",
    "Run Flagsmith's migrations first (`python manage.py migrate`), or check the database's name and its `search_path`.",
  ),
  FP421: failure(
    "78",
    "A required column is unknown to this release",
    "The database was migrated by a newer Flagsmith, and neither it nor this program knows what the column holds in new rows. Use a newer `flagsmith-provision`; or let the application print its own defaults for `--column-defaults` (`deploy/print_column_defaults.py`); or give the value with `--column-default TABLE.COLUMN=VALUE`, as the message shows. All such columns are listed at once. Nothing was changed.",
  ),
  FP422: failure(
    "78",
    "The provisioning log is of a newer version",
    "A newer `flagsmith-provision` wrote it. Use that one. Nothing was changed.",
  ),
  FP423: failure(
    "74",
    "The connection was lost while committing",
    "Nobody could be asked whether the commit came through. Run the same command again: it does what is missing and leaves what is done.",
  ),
  FP424: failure(
    "78",
    "Rows refer to what would be removed through an unknown column",
    "The column may be NULL, so nobody can say whether the rows should stay or go. `--unlink TABLE.COLUMN` keeps the rows and empties the column, `--cascade-through TABLE.COLUMN` removes them, too; a newer `flagsmith-provision` may know the column. Nothing was changed.",
  ),
  FP425: failure(
    "1",
    "Rows are in use by others",
    "Others made entities below ours, or changed rows of ours. The message counts them for each table and lists the first 20. Save what is needed, then remove it too with `--cascade`. Nothing was changed.",
  ),
  FP426: failure(
    "1",
    "This instance is protected",
    "`FLAGSMITH_PROVISION_PROTECT` is set, or `log protect` was used. Unset it, or use `log unprotect`. Nothing was changed.",
  ),
  FP427: failure(
    "1, 64",
    "Not confirmed",
    "What removes something needs `--yes`, or the word `yes` typed on a terminal. `--dry-run` shows what would go.",
  ),
  FP428: failure(
    "64",
    "Nothing to tear down was selected",
    "`teardown` takes one of `--all`, `--run ID` and `--address ADDRESS`; `log` lists runs and addresses.",
  ),
  FP429: failure(
    "64",
    "--flush is not enabled",
    "`reset --flush` empties every table of the application and needs `ENABLE_LOCAL_DATABASE_RESET=true`, too. Nothing was changed.",
  ),
  FP430: failure(
    "130, 143",
    "Interrupted",
    "A signal ended the run. It was rolled back; nothing was changed.",
  ),
  FP431: failure(
    "1",
    "Two outputs have one name",
    "Give one of them a name of its own with `output`, or use `--outputs-format json`. Nothing was changed.",
  ),
  FP432: failure(
    "78",
    "Flagsmith is older than this release supports",
    "Rows of releases before 2.89.0 are not known. Upgrade Flagsmith first. `export`, `log` and `teardown` work all the same. Nothing was changed.",
  ),
  FP433: failure(
    "64",
    "A column default cannot be used",
    "`--column-default TABLE.COLUMN=VALUE` is for columns that must be filled and that neither the program nor the database fills. The message says why the column is not one of them, or what its type takes. A column of type uuid takes `uuid4`, a new one for each row; one with a time takes `now`, too. Nothing was changed.",
  ),
  FP434: failure(
    "64",
    "The column defaults file cannot be used",
    '`--column-defaults` takes the JSON that an application prints from its own models: `{"release": "2.280.0", "columns": {"table.column": true, "table.other": {"call": "now"}}}`. The message says where it is another. Nothing was changed.',
  ),
  FP435: failure(
    "1, 64",
    "A shipped set cannot be written",
    "`presets --to DIR` needs the name of a set and does not overwrite files. Nothing was written.",
  ),
  FP436: failure(
    "64",
    "A column cannot be unlinked or cascaded through",
    "`--unlink` and `--cascade-through` take columns that may be NULL, refer to another table and are not known to the program, as FP424 names them. The message says why the column is not one of them. Nothing was changed.",
  ),
  FP446: failure(
    "1",
    "What to export does not exist",
    "Names are compared as they are, case included.",
  ),
  FP447: failure(
    "1",
    "What to export is ambiguous",
    "The database holds several live rows of the name; the message gives their ids. Rename or remove one of them.",
  ),
  FP448: failure(
    "1",
    "An export cannot be merged into the files",
    "The files would say what `apply` refuses, or something else of an entity that did not change. Export without `--merge-into`, and take over by hand what changed. Nothing was written.",
  ),
  FP437: failure(
    "78",
    "A table or column that the program needs is missing",
    "A release of Flagsmith that the program does not know may have renamed or removed it. Use a newer `flagsmith-provision`. Nothing was changed.",
  ),
  FP438: failure(
    "1",
    "The log holds an event that is none of this program",
    "Undoing an event deletes and restores the rows that it names. One that names more rows than a run writes, or tables and columns that its kind does not have, was written by somebody else or is damaged; the message says which one, and what is wrong. Nothing was changed. See who may INSERT into the log's table.",
  ),
  FP439: failure(
    "1",
    "A row is not as it was written",
    "After an item of `rows` was written, the database does not have it, or has another value in a column: a trigger or a rule of the table changed it, or the type of a column cannot hold it. The message names the row and the columns. Nothing was changed.",
  ),
  FP450: failure(
    "64",
    "serve has no token",
    "Without `E2E_TEST_AUTH_TOKEN` anybody could empty the database. Set it to the same text as the API's own.",
  ),
  FP451: failure(
    "1",
    "serve cannot listen",
    "The address is taken or may not be used. Give another `--listen HOST:PORT`; port 0 takes any free one.",
  ),
  FP453: failure(
    "HTTP 401",
    "The token is missing or wrong",
    "Send the server's `E2E_TEST_AUTH_TOKEN` in the header `X-E2E-Test-Auth-Token`.",
  ),
  FP454: failure(
    "HTTP 400",
    "End-to-end tests are not enabled",
    "Start the server with `ENABLE_FE_E2E=true`.",
  ),
  FP455: failure("HTTP 405", "The method is not allowed", "The header `Allow` names those that are."),
  FP456: failure(
    "HTTP 404",
    "There is nothing here",
    "Without `--upstream` only the reset endpoint, `/health` and `/metrics` are answered.",
  ),
  FP457: failure("HTTP 502", "The upstream does not answer", "Check `--upstream`, and whether the API runs."),
  FP458: failure(
    "HTTP 503",
    "The server is stopping",
    "A signal came before the reset. Nothing was changed.",
  ),
  FP459: failure(
    "HTTP 500",
    "The files do not fit the database",
    "The answer lists the findings. Nothing was changed.",
  ),
  FP460: failure(
    "1",
    "Only the owner of the log may prune it",
    "Run `log prune` as the role that the message names. Nothing was changed.",
  ),
  FP461: failure("64", "An option of log cannot be used", "The message says which, and what it takes."),
  FP462: failure(
    "1",
    "This user cannot upgrade the log",
    "Run `log init` as the role that owns the log's table. Nothing was changed.",
  ),
  FP463: failure(
    "1",
    "There is no such database role",
    "Names of roles are taken as they are written, capitals included. Nothing was changed.",
  ),
  FP464: failure(
    "64",
    "The plan file cannot be read",
    "It is missing, is not a plan, or was made by another version. `plan --out FILE` makes one. Nothing was changed.",
  ),
  FP465: failure(
    "1",
    "The plan is of another database",
    "Plan again for this one, or connect to the one that was planned. Nothing was changed.",
  ),
  FP466: failure(
    "1",
    "The files are not those that were planned",
    "Plan again, or apply without `--plan`. Nothing was changed.",
  ),
  FP467: failure(
    "1",
    "The database has changed since it was planned",
    "Plan again, or apply without `--plan`. Nothing was changed.",
  ),
  FP468: failure("1", "The plan file cannot be written", "Check the directory and its permissions."),
  FP469: failure(
    "1",
    "A function of the database does not find a name",
    "A trigger or a constraint on Flagsmith's tables calls a function that names a table, a column, a type or another function without its schema. While the program writes, names are looked up in `pg_catalog` only (`docs/security.md`). Name the schemas in the function, or give it a path of its own: `ALTER FUNCTION … SET search_path = …`. It was rolled back.",
  ),
  FP471: failure(
    "75",
    "The server did not answer in time",
    "Check address and port, and that the server is starting; or give a longer `--wait`.",
  ),
  FP472: failure(
    "75",
    "Flagsmith's migrations did not end in time",
    "Check that they run on this database; or give a longer `--wait`. Nothing was changed.",
  ),
  FP473: failure(
    "64",
    "--wait-for without --wait",
    "`--wait-for` says what to wait for; add how long: `--wait 60s`.",
  ),
  FP474: failure(
    "64",
    "Resets would remove what others created",
    "`serve` resets again and again. Users and organisations of the files that are live and were not made by this program are removed only with `--take-over`, or when their document says `reset: {take_over: true}`.",
  ),
  FP475: failure(
    "64",
    "An option that cannot be combined with --watch",
    "A watch applies files again and again, so it takes neither a saved plan nor a dry run nor standard input; `--listen` is for a watch only.",
  ),
  FP500: failure(
    "70",
    "A bug in flagsmith-provision",
    "Please report it with the lines that it printed; they name places of the program and no values. If a database was being written to, it was rolled back.",
  ),
  FP501: failure(
    "64",
    "No input was given",
    "Give `--directory`, `--file` or `--preset`, or put YAML files into `./provisioning`.",
  ),
  FP502: failure("64", "There is no such shipped set", "`presets` lists the sets."),
  FP503: failure(
    "64",
    "DJANGO_SECRET_KEY is not set",
    "A reset link is signed with the API's own secret key. Set the same value here.",
  ),
  FP504: failure("1", "There is no such user", "`reset-link` makes links for existing users only."),
  FP505: failure(
    "1, 64, 73",
    "The outputs file cannot be written",
    "The message says why. It is tried before the commit, and nothing was changed then. Where the last step fails after the commit all the same, the message says so, what exists only once is printed to standard output instead, and the exit code is 73.",
  ),
  FP506: failure(
    "1",
    "Standard output could not be written",
    "The disk is full, or whatever takes the output refuses it. Where the run had been committed before, the message says so and the exit code is that of the run.",
  ),
  FP507: failure(
    "1",
    "The file is not an outputs file",
    "`--outputs` names a file that another program wrote, or one of ours that is cut off. Name another one, or replace it with `--outputs-force`; keys in it that cannot be read back are lost then. Nothing was changed.",
  ),
  FP508: failure(
    "73",
    "A secret that exists only once could not be printed",
    "The run was committed, and standard output took no more. Keys, made-up passwords and links are in the message instead: keep them, they cannot be read back.",
  ),
  FP509: failure(
    "1",
    "An export cannot be merged into these files",
    "The message names the file and why. Either all files were replaced or none.",
  ),
  FP510: failure(
    "64",
    "An environment variable is not UTF-8",
    "Its bytes are not text. Set it anew, or put it into a file.",
  ),
  FP511: failure(
    "64",
    "FLAGSMITH_DOMAIN is not a domain",
    "Links are made with it, as the API makes them: a host name with an optional port.",
  ),
  FP512: failure(
    "64",
    "Unknown variable of the program",
    "Each option has a variable `FLAGSMITH_PROVISION_…`. One that is not an option is ignored with a warning, and an error with `--strict`; one whose name is close to an option's is always an error, because `FLAGSMITH_PROVISION_DRYRUN` would otherwise apply for real. What Kubernetes makes of a service's name (`…_SERVICE_HOST`, `…_PORT`) is neither.",
  ),
  FP513: failure(
    "64",
    "A limit of the API is not a number",
    "`FEATURE_VALUE_LIMIT`, `SEGMENT_CONDITION_VALUE_LIMIT` and `SEGMENT_RULES_CONDITIONS_LIMIT` mean here what they mean to the API, which does not start with such a value.",
  ),
} as const satisfies Readonly<Record<string, FailureEntry>>;

/** The code of a failure. */
export type FailureCode = keyof typeof FAILURES;
