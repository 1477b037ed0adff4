/** The commands that faults are tried on, and what their databases hold before. */
import assert from "node:assert/strict";
import type { TestDatabase } from "./database.ts";
import { CHANGE, DATA } from "./fault_data.ts";
import { type CliResult, runCli } from "./run_cli.ts";

let drawn = 0;
/** Ascending uuids, so that rows whose key is one are in the order in which they were made. */
export const uuid = (): string => `00000000-0000-4000-8000-${(++drawn).toString(16).padStart(12, "0")}`;

/** A command on a database that was prepared for it. */
export interface FaultCommand {
  readonly name: string;
  readonly args: readonly string[];
  readonly input?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly prepare: (database: TestDatabase) => Promise<unknown>;
  /** SQL that takes back what is no row. */
  readonly undo?: string;
  /** True for a command that says itself how many failures the log held: they are taken out before it runs again. */
  readonly countsFailures?: true;
  /** True for a command that does everything anew each time: repeated after its commit, it draws other ids. */
  readonly startsOver?: true;
  /** Every script also without FULL_TESTS. */
  readonly all?: true;
}

async function apply({ url }: TestDatabase, document: unknown, ...args: readonly string[]): Promise<void> {
  const stdin = JSON.stringify({ version: "1.0", ...Object(document) });
  const { code, err } = await runCli(["apply", "-f", "-", ...args], {
    databaseUrl: url,
    stdin,
    io: { uuid },
  });
  assert.equal(code, 0, err);
}

/** The outputs file of the command that writes one; whoever is last removes it. */
export const outputs = await Deno.makeTempFile({ prefix: "faults-", suffix: ".json" });
const ALL = ["teardown", "--all", "--yes"];
/** Every command that writes. */
export const COMMANDS: readonly FaultCommand[] = [
  {
    name: "apply",
    args: ["apply", "-f", "-", "--outputs", outputs],
    input: DATA,
    prepare: () => Promise.resolve(),
    all: true,
  },
  {
    name: "apply of updates and deletions",
    args: ["apply", "-f", "-", "--allow-delete"],
    input: CHANGE,
    prepare: (database) => apply(database, DATA),
  },
  {
    name: "teardown --all",
    args: ALL,
    prepare: async (database) => {
      await apply(database, DATA);
      await apply(database, CHANGE, "--allow-delete");
    },
  },
  {
    name: "reset",
    startsOver: true,
    args: ["reset", "-f", "-"],
    input: DATA,
    prepare: async (database) => {
      await apply(database, DATA);
      await database.sql`update features_feature set initial_value = 'edited'`;
    },
  },
  {
    name: "reset --flush",
    startsOver: true,
    args: ["reset", "-f", "-", "--flush", "--yes"],
    input: DATA,
    env: { ENABLE_LOCAL_DATABASE_RESET: "true" },
    prepare: (database) => apply(database, DATA),
  },
  {
    name: "adopt",
    args: ["adopt", "-f", "-"],
    input: DATA,
    prepare: async (database) => {
      await apply(database, DATA);
      await database.sql.unsafe("drop table provisioning_log; drop function provisioning_log_refuse");
    },
  },
  {
    name: "log init",
    args: ["log", "init"],
    prepare: () => Promise.resolve(),
  },
  {
    name: "log init --grant",
    args: ["log", "init", "--grant", "pg_monitor"],
    prepare: async ({ url, sql }) => {
      await runCli(["log", "init"], { databaseUrl: url });
      // Rights are written down from the first GRANT on, also when nothing is left of it.
      await sql.unsafe(
        "grant select on provisioning_log to pg_monitor; revoke all on provisioning_log from pg_monitor",
      );
    },
    undo: "revoke all on provisioning_log from pg_monitor",
  },
  {
    name: "log prune",
    args: ["log", "prune"],
    prepare: async (database) => {
      await apply(database, DATA);
      await runCli(ALL, { databaseUrl: database.url });
    },
    countsFailures: true,
  },
  {
    name: "log protect",
    args: ["log", "protect"],
    prepare: (database) => apply(database, { users: [{ email: "a@example.com" }] }),
  },
  {
    name: "log unprotect",
    args: ["log", "unprotect"],
    prepare: ({ url }) => runCli(["log", "protect"], { databaseUrl: url }),
  },
];

/** Runs the command on a database. */
export function runFaultCommand(
  command: FaultCommand,
  databaseUrl: string,
  args: readonly string[] = [],
): Promise<CliResult> {
  return runCli([...command.args, ...args], {
    databaseUrl,
    stdin: JSON.stringify({ version: "1.0", ...Object(command.input) }),
    ...(command.env === undefined ? {} : { env: command.env }),
    io: { uuid },
  });
}
