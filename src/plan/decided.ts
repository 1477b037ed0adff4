/** A plan with all that it was made from: decided once for `plan`, `--dry-run` and `apply`. */
import type { LinkChoices } from "../removal/link_choices.ts";
import type { Ask } from "../database/ask.ts";
import { type RowSet, unionOf } from "../database/row_set.ts";
import type { DomainDeclaration } from "../declarations/declaration.ts";
import { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Graph } from "../graph/resource.ts";
import { closureOf, readGraph } from "../removal/closure.ts";
import type { RowGraph } from "../removal/edges.ts";
import { rowsOfOthers } from "../removal/others.ts";
import { readOwnRows } from "../removal/own_rows.ts";
import { allRoots } from "../removal/remove_entities.ts";
import type { ColumnDefaults } from "../snapshot/column_defaults.ts";
import { readContents, type Surroundings } from "../snapshot/contents.ts";
import { lookAtAll, lookWithout } from "../snapshot/look.ts";
import { readWritableSchema, type Snapshot, takeSnapshot } from "../snapshot/state.ts";
import { makePlan } from "./make_plan.ts";
import { type NestedRemoval, nestedRemovals } from "./nested_removals.ts";
import { hasWork, type Plan } from "./plan.ts";
import { checkAllocatedOptions, checkTaken } from "./plan_checks.ts";
import { checkShares } from "./share_checks.ts";
import { type PlannedRemoval, removalsOf } from "./removals.ts";

/** What a run decided, and what from. */
export interface Decided {
  readonly plan: Plan;
  /** What the database shows once the rows of `removal` are gone. */
  readonly state: Snapshot;
  readonly contents: Surroundings;
  /** What is removed before anything is written: what is to be absent, with everything below it. */
  readonly removal: PlannedRemoval | undefined;
  /** What entities that stay lose by a nested `ensure: absent`, as far as others made it. */
  readonly nested: readonly NestedRemoval[];
}

/** Rows that go because a file says `ensure: absent`, or a key becomes free; of parts of entities those that others created. */
export function removedRows({ removal, nested }: Pick<Decided, "removal" | "nested">): RowSet {
  return unionOf([removal?.rows ?? new Map(), ...nested.map(({ others }) => others)]);
}

/** How a run decides. */
export interface DecideOptions {
  /** True when the findings so far must stop the run. */
  readonly refuses: (diagnostics: Diagnostics) => boolean;
  /** Locks what is to be removed; a preview, which may only read, does not. */
  readonly locks: boolean;
  /** Values of columns that the program does not know. */
  readonly columnDefaults?: ColumnDefaults | undefined;
  /** What becomes of rows that refer to what goes by a column that the program does not know. */
  readonly links?: LinkChoices | undefined;
}

/**
 * Looks at the database and decides. Writes nothing and draws no ids: without `locks` a role that may SELECT is enough. What
 * is to be removed is left out of a second look, from which the rest is decided. Undefined when the database showed mistakes
 * in the input, which are then in `diagnostics`.
 */
export async function decideRun(
  ask: Ask,
  graph: Graph,
  domain: DomainDeclaration | undefined,
  options: DecideOptions,
  diagnostics: Diagnostics,
): Promise<Decided | undefined> {
  const first = new Diagnostics();
  const catalog = await readWritableSchema(ask, graph, options.columnDefaults);
  const state = await takeSnapshot(ask, graph, lookAtAll(catalog));
  const plan = makePlan(graph, domain, state, first);
  if (options.refuses(first)) {
    diagnostics.addAll(first);
    return undefined;
  }
  const contents = await readContents(ask, plan.decisions, ruledTables(plan, state), state);
  const removal = await findRemoval(ask, plan, contents, state, options);
  // What the first look gave rise to may be removed: then only the second one counts.
  if (removal === undefined) diagnostics.addAll(first);
  const made = removal === undefined
    ? { plan, state, contents, removal }
    : await decideWithout(ask, graph, domain, plan, state, removal, diagnostics);
  const decided = { ...made, nested: await nestedRemovals(ask, made.plan, made.state, options.links) };
  checkTaken(decided.plan, decided.contents, decided.state, diagnostics);
  checkAllocatedOptions(decided.plan, decided.contents, decided.state, diagnostics);
  checkShares(decided.plan, decided.contents, decided.state, diagnostics);
  return options.refuses(diagnostics) ? undefined : decided;
}

/** The tables whose rules matter: those of the look when something is written, none when nothing is. */
function ruledTables(plan: Plan, { catalog }: Snapshot): readonly string[] {
  return hasWork(plan) ? [...catalog.tables.keys()] : [];
}

async function findRemoval(
  ask: Ask,
  plan: Plan,
  contents: Surroundings,
  state: Snapshot,
  { locks, links }: DecideOptions,
): Promise<PlannedRemoval | undefined> {
  const what = removalsOf(plan, contents, state);
  if (what.leaving.length === 0 && what.roots.size === 0) return undefined;
  const { schema } = state.catalog;
  const graph = await readGraph(ask, schema, links);
  const rows = await closureOf(ask, graph, await allRoots(ask, schema, what), { locks });
  const asks = what.freeing.length > 0;
  return { ...what, graph, rows, others: asks ? await madeByOthers(ask, graph, rows, state) : new Map() };
}

/** Rows that the log does not know, audit entries included; histories and traces of the deletion itself do not count. */
async function madeByOthers(
  ask: Ask,
  graph: RowGraph,
  rows: RowSet,
  { catalog }: Snapshot,
): Promise<RowSet> {
  const ours = await readOwnRows(ask, graph, catalog);
  const audited = rows.get(AUDIT);
  const others = await rowsOfOthers(ask, graph, rows, ours);
  return audited === undefined ? others : new Map([...others, [AUDIT, audited]]);
}

const AUDIT = "audit_auditlog";

/** Decides about the rest from what is left; what is removed stays as it was decided. */
async function decideWithout(
  ask: Ask,
  graph: Graph,
  domain: DomainDeclaration | undefined,
  first: Plan,
  before: Snapshot,
  removal: PlannedRemoval,
  diagnostics: Diagnostics,
): Promise<Omit<Decided, "nested">> {
  const look = lookWithout(before.catalog, removal.graph, removal.rows, removal.leaving);
  const state = await takeSnapshot(ask, graph, look);
  const rest = makePlan(graph, domain, state, diagnostics);
  const entities = new Map(
    first.decisions.filter((d) => d.action === "delete").map((d) => [d.resource.index, d]),
  );
  const rows = new Map(first.rows.filter((d) => d.action === "delete").map((d) => [d.resource.address, d]));
  const plan = {
    ...rest,
    decisions: rest.decisions.map((d) => entities.get(d.resource.index) ?? d),
    rows: rest.rows.map((d) => rows.get(d.resource.address) ?? d),
  };
  return {
    plan,
    state,
    contents: await readContents(ask, plan.decisions, ruledTables(plan, state), state),
    removal,
  };
}
