/** `reset --flush`: empties the application's tables, whoever filled them. */
import { withSequel } from "../database/errors.ts";
import { command, tableIn } from "../database/statement.ts";
import { appendStatement, type NewEvent } from "../log/events.ts";
import { type LogState, prepareLogStatements } from "../log/table.ts";
import type { LockedRun, RunOptions } from "../log/run.ts";
import { readGraph } from "../removal/closure.ts";
import {
  type ActiveEvent,
  correctionsStatement,
  openEventsStatement,
  readActiveEvents,
} from "../log/active_events.ts";

/**
 * Tables that a freshly migrated database has rows in: content types and permissions by Django, permission keys and the
 * site by migrations, recurring tasks by the task processor.
 */
export const KEPT_TABLES: ReadonlySet<string> = new Set([
  "auth_permission",
  "django_content_type",
  "django_migrations",
  "django_site",
  "permissions_permissionmodel",
  "task_processor_recurringtask",
]);

/** Empties every table that has a content type, puts the site back to `example.com`, closes all events of the log. */
export async function flushLocked(
  { runId, ask }: LockedRun,
  log: LogState,
  options: RunOptions,
): Promise<void> {
  const { schema, logVersion } = log;
  const graph = await readGraph(ask, schema);
  const [events, corrections] = logVersion === 0
    ? []
    : await ask("read the log", [openEventsStatement(schema), correctionsStatement(schema)]);
  // Tables of links have no content type of their own, and nobody but the application writes to them.
  const linked = new Set([...graph.into.values()].flat().filter((e) => !e.loose).map((e) => e.table));
  const tables = [...graph.keys.keys()].filter((table) =>
    (graph.contentTypes.has(table) || linked.has(table) || table === "environment-documents") &&
    !KEPT_TABLES.has(table)
  ).sort();
  const site = tableIn(schema, "django_site");
  const emptying = ask("empty the tables", [
    ...prepareLogStatements(log),
    ...tables.map((table) => command`DELETE FROM ${tableIn(schema, table)}`),
    command`UPDATE ${site} SET domain = 'example.com', name = 'example.com' WHERE id = 1`,
    appendStatement(
      schema,
      {
        runId,
        command: options.command,
        toolVersion: options.toolVersion,
        schemaRelease: "",
        source: options.source,
      },
      closing(readActiveEvents(events ?? [], corrections ?? []), tables.length),
    ),
    command`SET CONSTRAINTS ALL IMMEDIATE`,
    command`SET CONSTRAINTS ALL DEFERRED`,
  ]);
  await withSequel("writing", emptying);
}

function closing(open: readonly ActiveEvent[], tables: number): readonly NewEvent[] {
  const event = (kind: string, address: string, details: NewEvent["details"]): NewEvent => ({
    event: "deleted",
    kind,
    address,
    contentHash: undefined,
    rows: {},
    details,
  });
  return [
    ...[...Map.groupBy(open, (e) => e.address)].map(([address, events]) =>
      event(events[0]?.kind ?? "", address, { undoes: events.map((e) => e.seq), flushed: true })
    ),
    event("rows", "rows:flush", { tables }),
  ];
}
