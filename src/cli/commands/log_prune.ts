/** `log prune`: the log without what is over. */
import { identifier, literal } from "../../database/literal.ts";
import { prepareLogStatements } from "../../log/table.ts";
import type { Ask } from "../../database/ask.ts";
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { prune, type Pruned } from "../../log/prune.ts";
import type { Io } from "../io.ts";
import { type LogRunOptions, withLogRun } from "../log_run.ts";
import { type Moment, momentAt } from "../options.ts";

/** Options of the command. */
export interface LogPruneOptions extends LogRunOptions {
  readonly before?: Moment | undefined;
  readonly dryRun?: true | undefined;
}

/** Runs the command; gives the exit code. */
export async function runLogPrune(options: LogPruneOptions, io: Io): Promise<number> {
  const before = options.before === undefined ? undefined : momentAt(options.before, io.now());
  return await withLogRun(options, io, { source: "log prune" }, async ({ ask, catalog, facts }) => {
    const nothing: Pruned = { events: 0, entities: 0 };
    if (catalog.logVersion === 0) return { result: nothing, write: false };
    await refuseOthers(ask, catalog.schema);
    const prepare = prepareLogStatements(catalog);
    if (prepare.length > 0) await ask("bring the log up to date", prepare);
    const result = await prune(ask, catalog.schema, before, facts);
    return { result, write: result.events > 0 };
  }, ({ events, entities }) => {
    const words = `${events} ${events === 1 ? "event" : "events"} of ${entities} ${
      entities === 1 ? "entity" : "entities"
    }`;
    if (options.quiet !== true) io.out(`${options.dryRun === true ? "Would drop" : "Dropped"} ${words}.\n`);
    return EXIT.done;
  });
}

async function refuseOthers(ask: Ask, schema: string): Promise<void> {
  const [answer] = await ask("read the log", [
    `SELECT pg_has_role(current_user, c.relowner, 'MEMBER') AS owns, pg_get_userbyid(c.relowner)::text AS owner FROM pg_class c WHERE c.oid = to_regclass(${
      literal(`${identifier(schema)}.provisioning_log`)
    })`,
  ]);
  if (answer?.[0]?.["owns"] === true) return;
  throw new ProvisionError(
    "FP460",
    EXIT.failed,
    "Only the owner of provisioning_log may prune it",
    `Run it as the role ${JSON.stringify(String(answer?.[0]?.["owner"]))}. Nothing was changed`,
  );
}
