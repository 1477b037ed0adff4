/** The rows that this tool made, as far as they are there. */
import type { Ask } from "../database/ask.ts";
import type { Catalog } from "../database/catalog.ts";
import { type RowSet, unionOf } from "../database/row_set.ts";
import { correctionsStatement, openEventsStatement, readActiveEvents } from "../log/active_events.ts";
import type { RowGraph } from "./edges.ts";
import { verify } from "./verify.ts";

/** Reads all rows that events which stand inserted and that are still the ones that were written. */
export async function readOwnRows(
  ask: Ask,
  graph: RowGraph,
  { logVersion, schema }: Pick<Catalog, "logVersion" | "schema">,
): Promise<RowSet> {
  const [events, corrections] = logVersion === 0 ? [] : await ask("read the log", [
    openEventsStatement(schema),
    correctionsStatement(schema),
  ]);
  const verified = await verify(ask, graph, readActiveEvents(events ?? [], corrections ?? []));
  return unionOf([...verified.rows.values()]);
}
