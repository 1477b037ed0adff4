/** Undoing what the log says this tool did, newest first, in one transaction (`docs/log.md#what-teardown-promises`). */
import { readCatalog } from "../database/catalog.ts";
import { readRules, rulesStatement } from "../database/table_rules.ts";
import type { UniqueCatalog } from "../database/placeholders.ts";
import { knownColumns } from "../kinds/known_columns.ts";
import { checkNeeded } from "../snapshot/needed_schema.ts";
import { catalogStatements } from "../log/catalog.ts";
import { appendStatement } from "../log/events.ts";
import { checkLogVersion, prepareLogStatements } from "../log/table.ts";
import { type Committed, type LockedRun, runLocked, type RunOptions } from "../log/run.ts";
import { withSequel } from "../database/errors.ts";
import { command } from "../database/statement.ts";
import type { Ask } from "../database/ask.ts";
import type { Session } from "../database/session.ts";
import { closureOf, readGraph } from "../removal/closure.ts";
import { type RowSet, unionOf } from "../database/row_set.ts";
import type { RowGraph } from "../removal/edges.ts";
import {
  type ActiveEvent,
  correctionsStatement,
  openEventsStatement,
  ownKey,
  readActiveEvents,
} from "../log/active_events.ts";
import type { LinkChoices } from "../removal/link_choices.ts";
import { removalStatements, touchedBy, touchEnvironments } from "../removal/remove.ts";
import { closeGaps, rootsOf } from "../removal/roots.ts";
import { amongRows, type RemovalRequest } from "../removal/remove_entities.ts";
import { type Verified, verify } from "../removal/verify.ts";
import { steppingClock } from "../flagsmith/clock.ts";
import { newClientKey, newServerKey } from "../flagsmith/keys.ts";
import {
  type ColumnDefaults,
  NO_COLUMN_DEFAULTS,
  type ResolvedColumns,
  resolveFills,
} from "../snapshot/column_defaults.ts";
import { readSchema, takeSnapshot, writtenColumns } from "../snapshot/state.ts";
import { lookAtAll } from "../snapshot/look.ts";
import { graphOfAddresses } from "../graph/from_addresses.ts";
import { addressesWithoutEvents, underAddresses } from "../log/renames.ts";
import { closing, touchesRows } from "./closing_events.ts";
import { rowsOfOthers } from "../removal/others.ts";
import { changedByOthers, type Dependants, describeRows } from "./dependent_rows.ts";
import { type Restoration, restore } from "./restore.ts";

/** Which part of the log is to be undone. */
export type Selection =
  | { readonly kind: "all" }
  | { readonly kind: "run"; readonly runId: string }
  | { readonly kind: "addresses"; readonly addresses: ReadonlySet<string> };

/** How a teardown behaves. */
export interface TeardownOptions extends RunOptions {
  /** Also remove what others created below, and external changes. */
  readonly cascade: boolean;
  /** Values of columns that the program does not know, for rows that are restored. */
  readonly columnDefaults?: ColumnDefaults;
  /** What becomes of rows that refer to what goes by a column that the program does not know. */
  readonly links?: LinkChoices;
  /** More entities that go, whoever made them; they are not looked at, and nothing that goes with them is listed. */
  readonly also?: RemovalRequest;
}

/** One entity that was undone. */
export interface Undone {
  readonly event: "deleted" | "restored";
  readonly kind: string;
  readonly address: string;
  /** True when the entity had only been taken into the log: it stays as it is. */
  readonly untouched: boolean;
}

/** What cannot be restored of an entity. */
export type KeptOf = Restoration["kept"][number] & { readonly address: string };

/** What a teardown did, or why it refused. */
export interface TeardownResult extends Committed {
  readonly dryRun: boolean;
  /** Newest first. */
  readonly undone: readonly Undone[];
  /** Rows that went, by table. */
  readonly deleted: ReadonlyMap<string, number>;
  /** Others' rows among them: somebody's work, removed by `--cascade`. */
  readonly cascaded: readonly Dependants[];
  readonly restoredColumns: number;
  /** What stays as it is, and of which entity. */
  readonly kept: readonly KeptOf[];
  /** Entities that the log names and that are not there any more. */
  readonly gone: readonly string[];
  /** What makes it refuse; nothing was changed then. */
  readonly refused: readonly Dependants[];
}

/** Everything that a teardown reads before it decides. */
interface Seen {
  readonly schema: string;
  readonly release: string;
  readonly logVersion: number;
  readonly ownsLog: boolean;
  readonly graph: RowGraph;
  readonly catalog: UniqueCatalog;
  readonly open: readonly ActiveEvent[];
  readonly unknown: ResolvedColumns;
}

/** Undoes a selection. Throws `ProvisionError` when the world refused; nothing was changed then. */
export async function teardown(
  session: Session,
  selection: Selection,
  options: TeardownOptions,
): Promise<TeardownResult> {
  const { result, written, confirmedAfterReconnect } = await runLocked(session, options, async (run) => {
    const done = await teardownLocked(run, selection, options);
    return { result: done, write: done.refused.length === 0 && done.undone.length > 0 };
  });
  return { ...result, written, confirmedAfterReconnect };
}

/** Undoes a selection inside the transaction of a run. */
export async function teardownLocked(
  run: LockedRun,
  selection: Selection,
  options: TeardownOptions,
): Promise<Omit<TeardownResult, keyof Committed>> {
  const { ask } = run;
  const nothing = {
    dryRun: options.dryRun,
    undone: [],
    deleted: new Map<string, number>(),
    cascaded: [],
    restoredColumns: 0,
    kept: [],
    gone: [],
    refused: [],
  };
  const { also } = options;
  const { columnDefaults = NO_COLUMN_DEFAULTS } = options;
  const seen = await look(ask, also !== undefined, columnDefaults, options.links);
  if (seen === undefined) return nothing;
  const { graph, open } = seen;
  const chosen = await choose(ask, open, selection);
  const roots: RowSet = also === undefined
    ? new Map()
    : unionOf([await rootsOf(ask, seen.schema, also.leaving), also.roots]);
  if (chosen.size === 0 && roots.size === 0) return nothing;
  options.onPhase?.("find dependent rows");
  const verified = await verify(ask, graph, open);
  const { undone, removed, later } = await grow(ask, graph, open, chosen, verified, selection, roots);
  if (also !== undefined) return await carryOut(run, seen, options, verified, undone, removed, []);
  const ours = unionOf([...undone, ...(later ?? [])].map((e) => verified.rows.get(e) ?? new Map()));
  const others = await rowsOfOthers(ask, graph, removed, ours);
  const changed = await changedByOthers(ask, graph, [...undone], ours, removed, seen.catalog.tables);
  const refusing = unionOf([others, changed, ...(later === undefined ? [] : [rowsOf(later, verified)])]);
  if (!options.cascade && refusing.size > 0) {
    return { ...nothing, refused: await describeRows(ask, graph, refusing) };
  }
  const cascaded = refusing.size === 0 ? [] : await describeRows(ask, graph, refusing);
  return await carryOut(
    run,
    seen,
    options,
    verified,
    new Set([...undone, ...(later ?? [])]),
    removed,
    cascaded,
  );
}

/** Writes what was decided. */
async function carryOut(
  { runId, ask, now }: LockedRun,
  seen: Seen,
  options: TeardownOptions,
  verified: Verified,
  all: ReadonlySet<ActiveEvent>,
  removed: RowSet,
  cascaded: readonly Dependants[],
): Promise<Omit<TeardownResult, keyof Committed>> {
  const { graph, open, catalog, schema } = seen;
  const restoration = await restore(ask, graph, open, all, verified.gone, removed, catalog, {
    ...seen.unknown,
    release: seen.release,
    defaults: options.columnDefaults ?? NO_COLUMN_DEFAULTS,
    sources: {
      now: steppingClock(now).tick(),
      uuid: options.uuid,
      clientKey: newClientKey,
      serverKey: newServerKey,
    },
  });
  const touched = await touchedBy(ask, graph, unionOf([removed, restoration.rows]), removed);
  options.onPhase?.("remove the rows");
  const events = closing(all, open, removed, restoration, cascaded, options.also?.leaving ?? []);
  const addresses = new Map(open.map((e) => [e.seq, e.address]));
  const touching = new Set([...all].filter(touchesRows).map((e) => e.address));
  const removing = ask("remove the rows", [
    ...prepareLogStatements(seen),
    ...closeGaps(schema, options.also?.leaving ?? []),
    ...touchEnvironments(graph, touched),
    ...removalStatements(graph, removed),
    ...restoration.statements,
    appendStatement(schema, {
      runId,
      command: options.command,
      toolVersion: options.toolVersion,
      schemaRelease: seen.release,
      source: options.source,
    }, events),
    command`SET CONSTRAINTS ALL IMMEDIATE`,
    // A later step of the same transaction may write rows that refer to each other in any order.
    command`SET CONSTRAINTS ALL DEFERRED`,
  ]);
  await withSequel(options.also === undefined ? "nothing" : "writing", removing);
  return {
    dryRun: options.dryRun,
    refused: [],
    undone: events.map(({ event, kind, address }) => ({
      event: event === "restored" ? "restored" : "deleted",
      kind,
      address,
      untouched: event === "restored" && !touching.has(address),
    })),
    deleted: new Map([...removed].map(([table, ids]) => [table, ids.size])),
    cascaded,
    restoredColumns: restoration.columns,
    kept: restoration.kept.map((one) => ({ ...one, address: addresses.get(one.seq) ?? "" })),
    gone: [...verified.gone].filter((e) => all.has(e)).map((e) => e.address),
  };
}

async function look(
  ask: Ask,
  withoutLog: boolean,
  defaults: ColumnDefaults,
  links: LinkChoices | undefined,
): Promise<Seen | undefined> {
  const head = readCatalog(await ask("read the schema", catalogStatements([])));
  checkLogVersion(head.logVersion);
  if (head.logVersion === 0 && !withoutLog) return undefined;
  const graph = await readGraph(ask, head.schema, links);
  const [events, corrections] = head.logVersion === 0 ? [] : await ask("read the log", [
    openEventsStatement(head.schema),
    correctionsStatement(head.schema),
  ]);
  const open = readActiveEvents(events ?? [], corrections ?? []);
  const tables = new Set(open.flatMap(({ rows }) => [
    ...Object.keys(rows.inserted ?? {}),
    ...(rows.updated ?? []).map((u) => u.table),
    ...(rows.deleted ?? []).map((d) => d.table),
  ]));
  for (const { table } of defaults.options) tables.add(table);
  const names = [...tables].sort();
  const answers = await ask("read the schema", [
    ...catalogStatements(names),
    rulesStatement(head.schema, names),
  ]);
  const catalog = { ...readCatalog(answers), rules: readRules(answers.at(-1) ?? []) };
  checkNeeded(catalog, new Map([...knownColumns()].filter(([table]) => tables.has(table))));
  const { schema, release, logVersion, ownsLog } = head;
  // Rows of any table may have been written, as a file of that time said.
  const written = { known: writtenColumns(), raw: new Set(catalog.tables.keys()) };
  const unknown = await resolveFills(ask, catalog, written, defaults);
  return { schema, release, logVersion, ownsLog, graph, catalog, open, unknown };
}

async function choose(
  ask: Ask,
  open: readonly ActiveEvent[],
  selection: Selection,
): Promise<ReadonlySet<ActiveEvent>> {
  switch (selection.kind) {
    case "all":
      return new Set(open);
    case "run":
      return new Set(open.filter((e) => e.runId === selection.runId));
    case "addresses":
      return await atAddresses(ask, open, selection.addresses);
  }
}

/** What the log has of some addresses; of those that it has nothing of, what it has of the live rows that are called so by now. */
async function atAddresses(
  ask: Ask,
  open: readonly ActiveEvent[],
  addresses: ReadonlySet<string>,
): Promise<ReadonlySet<ActiveEvent>> {
  const graph = graphOfAddresses(addressesWithoutEvents(open, addresses));
  if (open.length === 0 || graph.resources.length === 0) return underAddresses(open, addresses);
  const { renamedByOthers } = await takeSnapshot(ask, graph, lookAtAll(await readSchema(ask, graph)));
  return underAddresses(open, addresses, renamedByOthers);
}

/**
 * The rows that go and the events that are undone with them. Entities of this tool below a chosen address go with it;
 * those of a later run count as dependent rows of the run that is undone (`later`).
 */
async function grow(
  ask: Ask,
  graph: RowGraph,
  open: readonly ActiveEvent[],
  chosen: ReadonlySet<ActiveEvent>,
  verified: Verified,
  selection: Selection,
  roots: RowSet,
): Promise<
  { undone: ReadonlySet<ActiveEvent>; removed: RowSet; later: ReadonlySet<ActiveEvent> | undefined }
> {
  const all = new Set(chosen);
  for (;;) {
    const removed = await closureOf(
      ask,
      graph,
      unionOf([roots, ...[...all].map((e) => verified.rows.get(e) ?? new Map())]),
    );
    const goes = amongRows(removed);
    // With the entity all its events are undone.
    const more = open.filter((e) => !all.has(e) && !verified.gone.has(e) && goes(e));
    if (more.length === 0) {
      const later = new Set([...all].filter((e) => !chosen.has(e)));
      return selection.kind === "run" && [...later].some((e) => e.event === "created")
        ? { undone: chosen, removed, later }
        : { undone: all, removed, later: undefined };
    }
    for (const event of more) all.add(event);
  }
}

function rowsOf(events: ReadonlySet<ActiveEvent>, verified: Verified): RowSet {
  return unionOf([...events].flatMap((event) => {
    const own = ownKey(event);
    const rows = verified.rows.get(event);
    return own === undefined || rows?.get(own.table)?.has(own.key) !== true
      ? []
      : [new Map([[own.table, new Set([own.key])]])];
  }));
}
