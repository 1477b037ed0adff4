/**
 * Writes a new order of segment overrides as the application's list of priorities does: each that changes its place is saved
 * with a history row. It comes last, so that what the run creates has its place behind the others by then.
 */
import { isNewId, type Row } from "../flagsmith/cell.ts";
import type { Resource } from "../graph/resource.ts";
import type { RowContext, VersionDraft } from "../kinds/rows.ts";
import { stateExtra } from "../kinds/state_live_rows.ts";
import { distinctPlaces } from "../plan/override_order.ts";
import type { Decision, OverrideOrder, Plan } from "../plan/plan.ts";

const TABLE = "features_featuresegment";

type Moved = Decision & { readonly action: "update" };

/** Writes the orders of a plan; `own` are the states that the run creates. */
export function orderOverrides(plan: Plan, own: ReadonlyMap<number, Row>, context: RowContext): void {
  const moved = new Map<OverrideOrder, Map<Resource, Moved>>();
  for (const decision of plan.decisions) {
    if (decision.action !== "update" || decision.order === undefined) continue;
    const known = moved.get(decision.order) ?? new Map<Resource, Moved>();
    moved.set(decision.order, known.set(decision.resource, decision));
  }
  if (moved.size === 0) return;
  const decisions = new Map(plan.decisions.map((d) => [d.resource.index, d]));
  for (const [order, group] of moved) writeOrder(order, group, decisions, own, context);
}

/** A row that ties an override to its segment, as it is by now, and how it is saved. */
interface Place {
  readonly resource: Resource;
  readonly row: Row;
  readonly save: (priority: number) => void;
}

function writeOrder(
  wanted: OverrideOrder,
  moved: ReadonlyMap<Resource, Moved>,
  decisions: ReadonlyMap<number, Decision>,
  own: ReadonlyMap<number, Row>,
  context: RowContext,
): void {
  const { batch } = context;
  const [first] = moved.values();
  if (first === undefined) return;
  const { feature_id: feature, environment_id: environment } = first.live.row;
  batch.begin(first.resource.index);
  const draft = context.draftOf(Number(feature), Number(environment));
  const places = wanted.flatMap((resource) =>
    placeOf(resource, decisions.get(resource.index), own, draft, context) ?? []
  );
  const priorities = distinctPlaces(
    places.map(({ row }) => Number(row["priority"])).toSorted((a, b) => a - b),
  );
  for (const [at, { resource, row, save }] of places.entries()) {
    const priority = priorities[at];
    if (priority === undefined || row["priority"] === priority) continue;
    batch.begin(resource.index);
    save(priority);
  }
  if (draft === undefined) batch.touch(Number(environment));
}

function placeOf(
  resource: Resource,
  decision: Decision | undefined,
  own: ReadonlyMap<number, Row>,
  draft: VersionDraft | undefined,
  context: RowContext,
): Place | undefined {
  const { batch, clock } = context;
  if (decision === undefined) return undefined;
  if (decision.action === "create") {
    const id = own.get(resource.index)?.["feature_segment_id"];
    const row = typeof id === "number" || isNewId(id) ? batch.find(TABLE, { id }) : undefined;
    return row && {
      resource,
      row,
      save: (priority) => batch.history(TABLE, batch.amend(TABLE, row, { priority }), "~", clock.tick()),
    };
  }
  const { live } = decision;
  if (live === undefined) return undefined;
  const copy = draft?.states.get(Number(live.id));
  if (copy?.segment !== undefined) {
    const { segment } = copy;
    return {
      resource,
      row: segment,
      save: (priority) => {
        copy.segment = batch.amend(TABLE, segment, { priority });
        batch.history(TABLE, copy.segment, "~", clock.tick());
      },
    };
  }
  const { segment } = stateExtra(live);
  if (segment === undefined) return undefined;
  const row = batch.updates.findLast((u) => u.table === TABLE && u.key["id"] === segment["id"])?.row ??
    segment;
  return {
    resource,
    row,
    save: (priority) =>
      batch.history(
        TABLE,
        batch.update(TABLE, { id: segment["id"] ?? null }, row, { priority }),
        "~",
        clock.tick(),
      ),
  };
}
