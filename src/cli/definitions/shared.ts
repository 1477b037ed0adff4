/**
 * Options that several commands have: one place for their names, words and defaults. Each command lists what it takes: a
 * generic function that adds a group to any command keeps the types of its options, but the type checker then needs minutes
 * and gigabytes for the nested inference (tried with TypeScript 6.0).
 */
import { Option } from "@commander-js/extra-typings";
import { PRESET_NAMES } from "../../presets/names.ts";
import {
  collect,
  collectColumn,
  collectColumnDefault,
  collectVariable,
  parseDuration,
  parseMigration,
  parseMode,
} from "../options.ts";

/** The default of a repeatable option. */
export const NO_TEXTS: readonly string[] = [];

/** What to read. */
export const inputOptions = {
  directory: () =>
    new Option("-d, --directory <dir>", "directory to read, non-recursively; repeatable").argParser(collect)
      .default(NO_TEXTS, "$PROVISIONING_DIRECTORY, else ./provisioning"),
  file: () =>
    new Option("-f, --file <file>", "file to read, - for standard input; repeatable").argParser(collect)
      .default(NO_TEXTS, "none"),
  preset: () =>
    new Option("--preset <name>", `shipped set: ${PRESET_NAMES.join(", ")}; repeatable`).argParser(collect)
      .default(NO_TEXTS, "none"),
  allowEmpty: () =>
    new Option("--allow-empty", "an empty or missing directory, or an empty file, is not an error"),
  secretEnv: () =>
    new Option("--secret-env <name>", "variable whose value is a secret; repeatable").argParser(
      collectVariable,
    )
      .default(NO_TEXTS, "none"),
  strict: () => new Option("--strict", "warnings are errors"),
  onExists: () =>
    new Option("--on-exists <policy>", "for entities that have no policy of their own").choices(
      ["skip", "update", "fail"] as const,
    ).default("skip" as const),
};

/** What to write into columns that the program does not know. */
export const columnOptions = {
  columnDefault: () =>
    new Option(
      "--column-default <t.c=value>",
      "TABLE.COLUMN=VALUE, for a required column that this release does not know; repeatable",
    ).argParser(collectColumnDefault).default(NO_TEXTS, "none"),
  columnDefaults: () =>
    new Option(
      "--column-defaults <file>",
      "file of such values, as the application prints them from its models (JSON)",
    ),
};

/** What becomes of rows that refer to what goes by a column that the program does not know. */
export const linkOptions = {
  unlink: () =>
    new Option(
      "--unlink <t.c>",
      "TABLE.COLUMN that this release does not know: keep its rows, set it NULL; repeatable",
    )
      .argParser(collectColumn).default(NO_TEXTS, "none"),
  cascadeThrough: () =>
    new Option(
      "--cascade-through <t.c>",
      "TABLE.COLUMN that this release does not know: remove its rows, too; repeatable",
    )
      .argParser(collectColumn).default(NO_TEXTS, "none"),
};

/** What to print. */
export const outputOptions = {
  format: () =>
    new Option("--format <format>", "format of standard output").choices(["text", "json", "jsonl"] as const)
      .default("text" as const),
  quiet: () => new Option("-q, --quiet", "print no lines but keys, links and errors"),
  verbose: () => new Option("-v, --verbose", "also print a line for members, subscriptions and the like"),
  noColor: () => new Option("--no-color", "no colours (also NO_COLOR)"),
};

/** Where keys and links go. */
export const outputsFileOptions = {
  outputs: () =>
    new Option("--outputs <file>", "write keys and links to this file instead of standard output"),
  outputsFormat: () =>
    new Option("--outputs-format <format>", "format of that file").choices(
      ["json", "env", "k8s-secret"] as const,
    ).default("json" as const),
  outputsForce: () =>
    new Option("--outputs-force", "replace that file even if this tool did not write it, or it is cut off"),
  outputsMode: () =>
    new Option("--outputs-mode <mode>", "its file mode").argParser(parseMode).default(0o600, "0600"),
  resetLinks: () =>
    new Option(
      "--reset-links <whose>",
      "print links for new superusers, or all new users without a password",
    ).choices(["superusers", "all"] as const).default("superusers" as const),
};

/** Where the database is, and how long to wait for it. */
export const databaseOptions = {
  databaseUrl: () =>
    new Option(
      "--database-url <url>",
      "postgresql://user:password@host:5432/name; else DATABASE_URL, DJANGO_DB_*, PG*",
    ),
  lockTimeout: () =>
    new Option("--lock-timeout <duration>", "maximum time to wait for another run").argParser(parseDuration)
      .default(
        60_000,
        "60s",
      ),
  connectTimeout: () =>
    new Option(
      "--connect-timeout <duration>",
      "maximum time to wait for the server to answer (default: connect_timeout of the address, else 10s)",
    ).argParser(parseDuration),
  wait: () =>
    new Option(
      "--wait <duration>",
      "maximum time to wait for the server to start and for Flagsmith's migrations to be complete",
    ).argParser(parseDuration),
  waitFor: () =>
    new Option("--wait-for <app.NNNN>", "with --wait: until this migration is there").argParser(
      parseMigration,
    ),
};
