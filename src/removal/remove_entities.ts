/** Removing entities with everything below them, whoever made it, inside the transaction of a run. */
import { appendStatement, type NewEvent, type RunFacts } from "../log/events.ts";
import { type LogState, prepareLogStatements } from "../log/table.ts";
import { withSequel } from "../database/errors.ts";
import { command } from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import { PUBLIC_KEYS } from "../kinds/public_keys.ts";
import { closureOf, readGraph } from "./closure.ts";
import type { RowSet } from "../database/row_set.ts";
import type { RowGraph } from "./edges.ts";
import {
  type ActiveEvent,
  correctionsStatement,
  openEventsStatement,
  readActiveEvents,
} from "../log/active_events.ts";
import { removalStatements, touchedBy, touchEnvironments } from "./remove.ts";
import { closeGaps, type EntityToRemove, rootsOf } from "./roots.ts";
import { verify } from "./verify.ts";

/** What is to be removed. */
export interface RemovalRequest {
  readonly leaving: readonly (EntityToRemove & { readonly address: string })[];
  /** More rows to begin with, whose entities have no address. */
  readonly roots: RowSet;
  /** What else the log is told of: rows of tables without a kind. */
  readonly named?: readonly { readonly kind: string; readonly address: string }[];
}

/** Finds the rows to begin with, and removes them with everything below. Gives the rows. */
export async function removeEntities(
  ask: Ask,
  log: LogState,
  what: RemovalRequest,
  facts: RunFacts,
): Promise<RowSet> {
  const graph = await readGraph(ask, log.schema);
  const rows = await closureOf(ask, graph, await allRoots(ask, log.schema, what));
  await removeRows(ask, log, { ...what, graph, rows }, facts);
  return rows;
}

/** The rows that a removal begins with. */
export async function allRoots(
  ask: Ask,
  schema: string,
  { leaving, roots }: RemovalRequest,
): Promise<RowSet> {
  const all = new Map(
    [...await rootsOf(ask, schema, leaving)].map(([table, ids]) => [table, new Set(ids)]),
  );
  for (const [table, ids] of roots) all.set(table, new Set([...all.get(table) ?? [], ...ids]));
  return all;
}

/** What is to be removed, and all the rows that go with it. */
export interface Removal extends RemovalRequest {
  readonly graph: RowGraph;
  /** The closure. */
  readonly rows: RowSet;
}

/** Removes the rows and writes a `deleted` event for each entity, declared or logged, that goes with them. */
export async function removeRows(
  ask: Ask,
  log: LogState,
  { leaving, named = [], graph, rows }: Removal,
  facts: RunFacts,
): Promise<void> {
  const { schema, logVersion } = log;
  const [events, corrections] = logVersion === 0
    ? [[], []]
    : await ask("read the log", [openEventsStatement(schema), correctionsStatement(schema)]);
  const open = readActiveEvents(events ?? [], corrections ?? []);
  const inside = await eventsInside(ask, graph, open, rows);
  const touched = await touchedBy(ask, graph, rows, rows);
  const removing = ask("remove the rows", [
    ...prepareLogStatements(log),
    ...closeGaps(schema, leaving),
    ...removalStatements(graph, rows),
    ...touchEnvironments(graph, touched),
    appendStatement(schema, facts, closingEvents([...leaving, ...named], inside, rows)),
    command`SET CONSTRAINTS ALL IMMEDIATE`,
    command`SET CONSTRAINTS ALL DEFERRED`,
  ]);
  await withSequel("writing", removing);
}

/** Events that stand and whose entity goes; ids that others use again do not count. */
async function eventsInside(
  ask: Ask,
  graph: Parameters<typeof verify>[1],
  open: readonly ActiveEvent[],
  removed: RowSet,
): Promise<readonly ActiveEvent[]> {
  const near = open.filter(amongRows(removed));
  if (near.length === 0) return [];
  const { gone } = await verify(ask, graph, near);
  return near.filter((event) => !gone.has(event));
}

/** Gives the test whether the own row of an event is one of these rows, as far as its key tells: one test for many events. */
export function amongRows(rows: RowSet): (event: Pick<ActiveEvent, "rows">) => boolean {
  let prefixes: ReadonlySet<string> | undefined;
  return ({ rows: { own } }) => {
    const key = own === undefined ? undefined : Object.values(own.key)[0];
    const ids = own === undefined ? undefined : rows.get(own.table);
    if (own === undefined || key === undefined || ids === undefined) return false;
    if (!PUBLIC_KEYS.has(own.table)) return ids.has(String(key));
    // The secret key begins with the public one.
    prefixes ??= new Set([...ids].map((id) => id.split(".", 1)[0] ?? ""));
    return prefixes.has(String(key));
  };
}

function closingEvents(
  leaving: readonly { readonly kind: string; readonly address: string }[],
  inside: readonly ActiveEvent[],
  removed: RowSet,
): readonly NewEvent[] {
  const kinds = new Map([
    ...leaving.map((l) => [l.address, l.kind] as const),
    ...inside.map((e) => [e.address, e.kind] as const),
  ]);
  const seqs = Map.groupBy(inside, (e) => e.address);
  const counts = Object.fromEntries([...removed].map(([table, ids]) => [table, ids.size]).sort());
  return [...kinds].map(([address, kind], at): NewEvent => ({
    event: "deleted",
    kind,
    address,
    contentHash: undefined,
    rows: {},
    details: {
      undoes: (seqs.get(address) ?? []).map((e) => e.seq),
      // Counted once, for all that went together.
      ...(at === 0 ? { removed: counts } : {}),
    },
  }));
}
