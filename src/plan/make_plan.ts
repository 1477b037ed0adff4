/** From one look at the database to a plan: compare, decide, check. Pure. */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { DomainDeclaration } from "../declarations/declaration.ts";
import type { Graph } from "../graph/resource.ts";
import type { Snapshot } from "../snapshot/state.ts";
import { compareAll } from "./compare.ts";
import { compareRows } from "./compare_rows.ts";
import { decideAll } from "./decide_all.ts";
import { decideDomain } from "./decide_domain.ts";
import { type Checked, checkPlanned } from "./entity_checks.ts";
import type { Plan } from "./plan.ts";

/** Compares everything that files declare with the database, and decides by the policies of the files. */
export function compareAndDecide(graph: Graph, state: Snapshot): Checked {
  const compared = compareAll(graph, state);
  const comparedRows = compareRows(graph.rows, state);
  return { graph, compared, comparedRows, decisions: decideAll(graph, compared, comparedRows, state), state };
}

/** Plans what is to happen. With errors in `diagnostics` the plan must not be carried out. */
export function makePlan(
  graph: Graph,
  domain: DomainDeclaration | undefined,
  state: Snapshot,
  diagnostics: Diagnostics,
): Plan {
  const checked = compareAndDecide(graph, state);
  checkPlanned(checked, diagnostics);
  const { entities, rows } = checked.decisions;
  return {
    decisions: [...entities.values()],
    domain: decideDomain(domain, state, diagnostics),
    rows,
  };
}
