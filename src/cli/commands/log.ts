/** `log`: what this tool did to the database. */
import { readLogHead } from "../../log/head.ts";
import { EVENT_NAMES } from "../../log/event_names.ts";
import { entriesStatement, type LogFilter, readEntries, readRuns, runsStatement } from "../../log/history.ts";
import { readOnly } from "../../database/ask.ts";
import { EXIT, ProvisionError } from "../../diagnostics/error.ts";
import { didYouMean } from "../../diagnostics/suggest.ts";
import { KIND_NAMES } from "../../kinds/specs.ts";
import { entryJson, entryLines, logJson, runJson, runLines } from "../../report/log_lines.ts";
import { headNeeds, readingNeeds } from "../../log/head_needs.ts";
import { connect, type ConnectOptions } from "../connect.ts";
import type { Io } from "../io.ts";
import { present } from "../present.ts";
import { type Moment, momentAt } from "../options.ts";
import { runIdOf } from "../run_id.ts";
import { withSignals } from "../signals.ts";

/** Options of the command. */
export interface LogCommandOptions extends ConnectOptions {
  readonly runs?: true | undefined;
  readonly run: readonly string[];
  readonly address: readonly string[];
  readonly kind: readonly string[];
  readonly event: readonly string[];
  readonly since?: Moment | undefined;
  readonly until?: Moment | undefined;
  readonly limit: number;
  readonly format: "text" | "json" | "jsonl";
  readonly quiet?: true | undefined;
  readonly verbose?: true | undefined;
  /** Milliseconds. */
  readonly lockTimeout: number;
}

/** What the column `kind` may hold beside kinds of entities. */
const OTHER_KINDS: readonly string[] = ["app_domain", "run", "rows", "log"];

/** Runs the command; gives the exit code. */
export async function runLog(options: LogCommandOptions, io: Io): Promise<number> {
  const filter = filterOf(options, io);
  const session = await connect(options, io, "log", readingNeeds(headNeeds()));
  return await withSignals(session, io, undefined, async () => {
    const ask = readOnly(session, options.lockTimeout);
    const { schema, logVersion } = await readLogHead(ask);
    const statement = options.runs === true ? runsStatement : entriesStatement;
    const [answer = []] = logVersion === 0 ? [] : await ask("read the log", [statement(schema, filter)]);
    const more = filter.limit !== undefined && answer.length > filter.limit;
    const rows = more ? answer.slice(0, filter.limit) : answer;
    present(
      options.runs === true
        ? {
          json: () => logJson("runs", readRuns(rows).map(runJson), more),
          items: { list: "runs", type: "run", alone: true },
          lines: () => runLines(readRuns(rows)),
        }
        : {
          json: () => logJson("events", readEntries(rows).map(entryJson), more),
          items: { list: "events", type: "event", alone: true },
          lines: () => entryLines(readEntries(rows), options.verbose === true),
        },
      options,
      io,
    );
    if (options.quiet !== true) {
      if (logVersion === 0) io.err("note: There is no log: this tool has not written to this database.\n");
      else if (more) io.err(`note: Only the newest ${filter.limit} are shown; --limit shows more.\n`);
    }
    return EXIT.done;
  }, () => false);
}

function filterOf(options: LogCommandOptions, io: Io): LogFilter {
  const runs = options.run.map((run) => {
    const runId = runIdOf(run);
    if (runId !== undefined) return runId;
    throw usage("--run takes the id of a run", "flagsmith-provision log --runs lists them");
  });
  known("event", options.event, EVENT_NAMES);
  known("kind", options.kind, [...KIND_NAMES, ...OTHER_KINDS]);
  const now = io.now();
  return {
    runs,
    addresses: options.address,
    kinds: options.kind,
    events: options.event,
    since: options.since === undefined ? undefined : momentAt(options.since, now),
    until: options.until === undefined ? undefined : momentAt(options.until, now),
    limit: options.limit === Infinity ? undefined : options.limit,
  };
}

function known(what: string, given: readonly string[], words: readonly string[]): void {
  for (const word of given) {
    if (words.includes(word)) continue;
    throw usage(
      `--${what} takes the name of ${what === "event" ? "an event" : "a kind"}`,
      didYouMean(word, words) ?? `They are ${words.join(", ")}`,
    );
  }
}

function usage(message: string, hint: string): ProvisionError {
  return new ProvisionError("FP461", EXIT.usage, message, hint);
}
