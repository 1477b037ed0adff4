/** `log init`: the log's table, made or brought up to date by a role that may. */
import { safeJson } from "../../diagnostics/shield.ts";
import { texts } from "../../database/render.ts";
import { query } from "../../database/statement.ts";
import { grantStatement, initialisedStatement } from "../../log/rights.ts";
import { LOG_TABLE, LOG_VERSION, prepareLogStatements } from "../../log/table.ts";
import type { Ask } from "../../database/ask.ts";
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import type { Io } from "../io.ts";
import { type LogRunOptions, withLogRun } from "../log_run.ts";

/** Options of the command. */
export interface LogInitOptions extends LogRunOptions {
  readonly grant: readonly string[];
}

/** Runs the command; gives the exit code. */
export async function runLogInit(options: LogInitOptions, io: Io): Promise<number> {
  const how = {
    source: "log init",
    proof: (schema: string) => initialisedStatement(schema, options.grant),
  };
  return await withLogRun(options, io, how, async ({ ask, catalog }) => {
    const { schema, logVersion, ownsLog } = catalog;
    if (logVersion > 0 && logVersion < LOG_VERSION && !ownsLog) {
      throw new ProvisionError(
        "FP462",
        EXIT.failed,
        `The provisioning log has version ${logVersion}, and this user may not bring it up to date`,
        `Run log init as the role that owns ${LOG_TABLE}. Nothing was changed`,
      );
    }
    await refuseUnknownRoles(ask, options.grant);
    const statements = [
      ...prepareLogStatements(catalog),
      ...options.grant.map((role) => grantStatement(schema, role)),
    ];
    if (statements.length > 0) await ask("create the log", statements);
    return { result: logVersion, write: statements.length > 0 };
  }, (before) => {
    if (options.quiet === true) return EXIT.done;
    io.out(
      before === 0
        ? `Created the log (version ${LOG_VERSION}).\n`
        : before < LOG_VERSION
        ? `Brought the log from version ${before} to version ${LOG_VERSION}.\n`
        : `The log is up to date (version ${LOG_VERSION}).\n`,
    );
    for (const role of options.grant) io.out(`Granted reading and appending to ${safeJson(role)}.\n`);
    return EXIT.done;
  });
}

async function refuseUnknownRoles(ask: Ask, roles: readonly string[]): Promise<void> {
  if (roles.length === 0) return;
  const [answer] = await ask("look up the roles", [
    query`SELECT r.name FROM unnest(${
      texts(roles)
    }) AS r(name) WHERE NOT EXISTS (SELECT FROM pg_roles p WHERE p.rolname = r.name)`,
  ]);
  const [unknown] = answer ?? [];
  if (unknown === undefined) return;
  throw new ProvisionError(
    "FP463",
    EXIT.failed,
    `There is no database role ${safeJson(String(unknown["name"]))}`,
    "Names of roles are taken as they are written, capitals included. Nothing was changed",
  );
}
