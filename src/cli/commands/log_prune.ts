/** `log prune`: the log without what is over. */
import { prepareLogStatements } from "../../log/table.ts";
import { EXIT } from "../../diagnostics/error.ts";
import { refuseOtherRoles } from "../../log/rights.ts";
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
  return await withLogRun(
    options,
    io,
    { source: "log prune", rights: ["DELETE"] },
    async ({ ask, catalog, facts }) => {
      const nothing: Pruned = { events: 0, entities: 0 };
      if (catalog.logVersion === 0) return { result: nothing, write: false };
      await refuseOtherRoles(ask, catalog.schema);
      const prepare = prepareLogStatements(catalog);
      if (prepare.length > 0) await ask("bring the log up to date", prepare);
      const result = await prune(ask, catalog.schema, before, facts);
      return { result, write: result.events > 0 };
    },
    ({ events, entities }) => {
      const words = `${events} ${events === 1 ? "event" : "events"} of ${entities} ${
        entities === 1 ? "entity" : "entities"
      }`;
      if (options.quiet !== true) io.out(`${options.dryRun === true ? "Would drop" : "Dropped"} ${words}.\n`);
      return EXIT.done;
    },
  );
}
