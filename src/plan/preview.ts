/** What applying a graph would decide, without writing: the same decisions from the same reading, deletions thought through. */
import { closureOf, readGraph } from "../removal/closure.ts";
import type { RowSet } from "../database/row_set.ts";
import type { Ask } from "../database/ask.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Declarations } from "../declarations/declaration.ts";
import type { Graph } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { type LiveContents, readContents } from "../snapshot/contents.ts";
import { decide } from "./decide.ts";
import type { Plan } from "./plan.ts";
import { type DatabaseState, readOccupied, readState, readWritableSchema } from "../snapshot/state.ts";
import { rootsOf } from "../removal/roots.ts";
import { amongRows } from "../removal/take_away.ts";
import type { ColumnDefaults } from "../snapshot/column_defaults.ts";
import type { Decided } from "./decided.ts";
import { checkAllocatedOptions, checkTaken } from "./plan_checks.ts";
import { takenAway } from "./removals.ts";

/**
 * Decides as `applyLocked` would. Reads only: a role that may SELECT is enough, no id is drawn. Undefined when the database
 * showed mistakes in the input, which are then in `diagnostics`.
 */
export async function previewPlan(
  ask: Ask,
  graph: Graph,
  declarations: Declarations,
  refuses: (diagnostics: Diagnostics) => boolean,
  diagnostics: Diagnostics,
  columnDefaults?: ColumnDefaults,
): Promise<Decided | undefined> {
  let state = await readState(ask, graph, await readWritableSchema(ask, graph, columnDefaults));
  let plan = decide(graph, declarations.domain, state, diagnostics);
  if (refuses(diagnostics)) return undefined;
  let contents = await readContents(ask, plan.decisions, state);
  const away = takenAway(plan, contents, state);
  let removed: RowSet = new Map();
  if (away.leaving.length > 0 || away.roots.size > 0) {
    const { schema } = state.catalog;
    const roots = new Map([...await rootsOf(ask, schema, away.leaving)].map(([t, ids]) => [t, new Set(ids)]));
    for (const [table, ids] of away.roots) roots.set(table, new Set([...roots.get(table) ?? [], ...ids]));
    removed = await closureOf(ask, await readGraph(ask, schema), roots, { locks: false });
    const deletions = deletionsOf(plan);
    const { rows: decided } = plan;
    state = await withoutRows(ask, graph, state, removed);
    plan = decide(graph, declarations.domain, state, diagnostics);
    plan = {
      ...plan,
      decisions: plan.decisions.map((d) => deletions.get(d.resource.index) ?? d),
      rows: decided,
    };
    contents = without(await readContents(ask, plan.decisions, state), removed);
  }
  checkTaken(plan, contents, state, diagnostics);
  checkAllocatedOptions(plan, contents, state, diagnostics);
  return refuses(diagnostics) ? undefined : { plan, state, contents, removed };
}

function deletionsOf(plan: Plan): ReadonlyMap<number, Plan["decisions"][number]> {
  return new Map(plan.decisions.filter((d) => d.action === "delete").map((d) => [d.resource.index, d]));
}

/** What the database would show when the rows had gone, and their entities were logged as deleted. */
async function withoutRows(
  ask: Ask,
  graph: Graph,
  state: DatabaseState,
  removed: RowSet,
): Promise<DatabaseState> {
  const kindOf = (index: number) => graph.resources[index]?.kind;
  const stays = (index: number, key: string): boolean => {
    const kind = kindOf(index);
    return kind === undefined || removed.get(LIVE_TABLES[kind].table)?.has(key) !== true;
  };
  const live = new Map(
    [...state.live].map(([index, rows]) =>
      [index, rows.filter((row) => stays(index, String(row.row["id"])))] as const
    ).filter(([, rows]) => rows.length > 0),
  );
  const hasGone = amongRows(removed);
  return {
    ...state,
    live,
    renamed: new Map([...state.renamed].filter(([index]) => live.has(index))),
    events: new Map(
      [...state.events].map(([address, event]) => [
        address,
        hasGone(event)
          ? { seq: Infinity, event: "deleted", contentHash: undefined, rows: {}, details: {} }
          : event,
      ]),
    ),
    occupied: await readOccupied(ask, graph, live, state.catalog, removed),
  };
}

/** What projects hold without what goes; holders of chosen keys and names that go make room. */
function without(contents: LiveContents, removed: RowSet): LiveContents {
  const stays = (table: string, id: unknown): boolean => removed.get(table)?.has(String(id)) !== true;
  return {
    ...contents,
    projects: new Map(
      [...contents.projects].map(([id, { environments, features }]) => [id, {
        environments: environments.filter((e) => stays("environments_environment", e.id)),
        features: features.filter((f) => stays("features_feature", f.id)),
      }]),
    ),
    defaultGroups: new Map(
      [...contents.defaultGroups].map(([id, groups]) => [
        id,
        groups.filter((group) => stays("users_userpermissiongroup", group)),
      ]),
    ),
    takenKeys: new Map(
      [...contents.takenKeys].filter(([, { id }]) => stays("environments_environment", id)),
    ),
    takenUsernames: new Map(
      [...contents.takenUsernames].filter(([, id]) => stays("users_ffadminuser", id)),
    ),
  };
}
