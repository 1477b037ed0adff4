/** What a nested `ensure: absent` takes that others created: an option with its shares, a member of a group. */
import type { Ask } from "../database/ask.ts";
import { ids as idArray } from "../database/render.ts";
import { type RowSet, unionOf } from "../database/row_set.ts";
import { query, tableIn } from "../database/statement.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Resource } from "../graph/resource.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";
import { closureOf, readGraph } from "../removal/closure.ts";
import type { RowGraph } from "../removal/edges.ts";
import type { LinkChoices } from "../removal/link_choices.ts";
import { rowsOfOthers } from "../removal/others.ts";
import { readOwnRows } from "../removal/own_rows.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { liveTargets } from "./compare.ts";
import { type Plan, title } from "./plan.ts";

/** An entity that loses something by the file, and the rows that others created of that. */
export interface NestedRemoval {
  readonly resource: Resource;
  readonly others: RowSet;
}

/** Finds them; asks nothing where no file removes anything that is nested. */
export async function nestedRemovals(
  ask: Ask,
  { decisions }: Plan,
  state: Snapshot,
  links: LinkChoices | undefined,
): Promise<readonly NestedRemoval[]> {
  const taking = decisions.flatMap((decision) => {
    const { resource } = decision;
    const { declaration } = resource;
    if (decision.action !== "update" || declaration?.policy.onExists !== "update") return [];
    const taken = LIVE_TABLES[resource.kind].takes?.(
      declaration.fields,
      decision.live,
      liveTargets(resource, state),
    ) ?? [];
    return taken.length === 0 ? [] : [{ resource, roots: byTable(taken) }];
  });
  if (taking.length === 0) return [];
  const graph = await readGraph(ask, state.catalog.schema, links);
  const ours = await readOwnRows(ask, graph, state.catalog);
  const all = await closureOf(ask, graph, unionOf(taking.map(({ roots }) => roots)), NO_LOCKS);
  if ((await othersAmong(ask, graph, all, ours)).size === 0) return [];
  const found: NestedRemoval[] = [];
  for (const { resource, roots } of taking) {
    const others = await othersAmong(ask, graph, await closureOf(ask, graph, roots, NO_LOCKS), ours);
    if (others.size > 0) found.push({ resource, others });
  }
  return found;
}

const NO_LOCKS = { locks: false };
const SHARES = "multivariate_multivariatefeaturestatevalue";

/** Others' rows; a share is somebody's work when it is one of an override or another one than the application gives. */
async function othersAmong(ask: Ask, graph: RowGraph, rows: RowSet, ours: RowSet): Promise<RowSet> {
  const others = await rowsOfOthers(ask, graph, rows, ours);
  const shares = [...rows.get(SHARES) ?? []].filter((id) => ours.get(SHARES)?.has(id) !== true);
  if (shares.length === 0) return others;
  const [answer] = await ask("classify dependent rows", [
    query`SELECT v.id::text AS id FROM ${tableIn(graph.schema, SHARES)} v
JOIN ${tableIn(graph.schema, "features_featurestate")} s ON s.id = v.feature_state_id
JOIN ${
      tableIn(graph.schema, "multivariate_multivariatefeatureoption")
    } o ON o.id = v.multivariate_feature_option_id
WHERE v.id = ANY(${
      idArray(shares.map(Number))
    }) AND (s.identity_id IS NOT NULL OR s.feature_segment_id IS NOT NULL
  OR v.percentage_allocation <> o.default_percentage_allocation)`,
  ]);
  const work = new Set((answer ?? []).map((row) => String(row["id"])));
  return work.size === 0 ? others : new Map([...others, [SHARES, work]]);
}

function byTable(rows: readonly { readonly table: string; readonly id: number | string }[]): RowSet {
  return new Map(
    [...Map.groupBy(rows, ({ table }) => table)].map((
      [table, group],
    ) => [table, new Set(group.map(({ id }) => String(id)))]),
  );
}

/** What others created is removed by consent only, also where it is a part of an entity. */
export function checkNestedRemovals(
  nested: readonly NestedRemoval[],
  options: { readonly allowDelete: boolean; readonly dryRun: boolean },
  diagnostics: Diagnostics,
): void {
  if (options.allowDelete || options.dryRun) return;
  for (const { resource, others } of nested) {
    const tables = [...others].map(([table, ids]) => `${table} (${ids.size})`).sort().join(", ");
    diagnostics.add(
      "FP320",
      resource.span,
      `${title(resource)} would lose by a nested "ensure: absent" what others created: ${tables}`,
      "Look at it with --dry-run, then say --allow-delete",
    );
  }
}
