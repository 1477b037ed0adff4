/**
 * Rows of a segment override: the feature segment, then its state
 * (`docs/flagsmith/features-and-states.md#segment-overrides`).
 */
import { featureSegmentRow } from "../../flagsmith/models/features.ts";
import { type KindRows, parentOf, type RowContext, stateKey, type VersionDraft } from "../rows.ts";
import { saveState, stateDiffers, stateExtra } from "../state_live_rows.ts";
import { writeOverride } from "../state_rows.ts";
import { segmentOverrideLive } from "./live.ts";
import type { SegmentOverrideFields } from "./spec.ts";

const TABLE = "features_featuresegment";

/** Writes segment overrides. */
export const segmentOverrideRows: KindRows<SegmentOverrideFields> = {
  mapping: segmentOverrideLive,
  samples: {
    features_featuresegment: featureSegmentRow({
      id: 0,
      feature: 0,
      segment: 0,
      environment: 0,
      priority: 0,
      version: null,
      uuid: "",
    }),
  },
  create(fields, resource, context) {
    const { batch, clock, idOf } = context;
    const feature = parentOf(resource);
    const environment = resource.references.get("environment");
    const segment = resource.references.get("segment");
    if (environment === undefined || segment === undefined) {
      throw new TypeError("Cannot write an override without environment and segment");
    }
    const key = stateKey(idOf(feature), idOf(environment));
    // Rows created together with their environment or feature belong to the version that came with them
    // (`docs/flagsmith/versions.md#new-versions`).
    const draft = context.draft(feature, environment);
    const version = draft?.uuid ?? context.defaultStates.get(key)?.state["environment_feature_version_id"];
    const next = draft === undefined ? context.priorities.get(key) ?? 0 : nextPriority(draft);
    const priority = fields.priority ?? context.writtenPlace(resource, next);
    if (fields.priority !== undefined) shiftPriorities(fields.priority, key, draft, context);
    const id = batch.newId(TABLE);
    const row = batch.insert(
      TABLE,
      featureSegmentRow({
        id,
        feature: idOf(feature),
        segment: idOf(segment),
        environment: idOf(environment),
        priority,
        version: typeof version === "string" ? version : null,
        uuid: context.uuid(),
      }),
    );
    batch.history(TABLE, row, "+", clock.tick());
    return writeOverride(
      {
        feature,
        environment,
        identity: null,
        segment: id,
        version: typeof version === "string" ? version : null,
        inVersion: draft !== undefined,
      },
      fields,
      context,
    );
  },
  update(fields, resource, live, _after, context) {
    const { batch, clock } = context;
    const environment = resource.references.get("environment");
    if (environment === undefined) throw new TypeError("Cannot save an override without its environment");
    const { priority } = fields;
    const { segment } = stateExtra(live);
    const saves = stateDiffers(fields, live).length > 0 ||
      (fields.enabled !== undefined && fields.enabled !== live.row["enabled"]);
    const feature = parentOf(resource);
    if (saves) saveState(fields, feature, environment, live, context);
    if (priority === undefined || segment === undefined || segment["priority"] === priority) return;
    const draft = context.draft(feature, environment)?.states.get(Number(live.id));
    if (draft?.segment !== undefined) {
      draft.segment = batch.amend(TABLE, draft.segment, { priority });
      batch.history(TABLE, draft.segment, "~", clock.tick());
    } else {
      const row = batch.update(TABLE, { id: segment["id"] ?? null }, segment, { priority });
      batch.history(TABLE, row, "~", clock.tick());
      batch.touch(context.idOf(environment));
    }
  },
};

/** The first priority behind those that the version was begun with. */
function nextPriority({ states }: VersionDraft): number {
  const taken = [...states.values()].flatMap((
    { segment },
  ) => (segment === undefined ? [] : [segment["priority"]]));
  return taken.map(Number).reduce((most, priority) => Math.max(most, priority), -1) + 1;
}

/**
 * Moves the overrides that stand at a chosen priority and behind it one place back, as the application's ordered rows do.
 * Those whose own priority the files declare stay, and the others pass over them.
 */
function shiftPriorities(
  priority: number,
  key: string,
  draft: VersionDraft | undefined,
  { batch, clock, details, declaredPriorities: { ofStates, ofRows } }: RowContext,
): void {
  if (draft !== undefined) {
    const copies = [...draft.states].filter(([id]) => !ofStates.has(id)).map(([, copy]) => copy);
    const fixed = [...draft.states.keys()].flatMap((id) => ofStates.get(id) ?? []);
    for (
      const [copy, at] of shifted(
        priority,
        copies,
        fixed,
        ({ segment }) => Number(segment?.["priority"] ?? -1),
      )
    ) {
      if (copy.segment === undefined) continue;
      copy.segment = batch.amend(TABLE, copy.segment, { priority: at });
      batch.history(TABLE, copy.segment, "~", clock.tick());
    }
    return;
  }
  // What earlier items of this run moved is in the batch.
  const all = (details.overrides.get(key) ?? []).map((row) =>
    batch.updates.findLast((u) => u.table === TABLE && u.key["id"] === row["id"])?.row ?? row
  );
  const rows = all.filter((row) => !ofRows.has(Number(row["id"])));
  const fixed = all.flatMap((row) => ofRows.get(Number(row["id"])) ?? []);
  for (const [row, at] of shifted(priority, rows, fixed, (r) => Number(r["priority"]))) {
    const moved = batch.update(TABLE, { id: row["id"] ?? null }, row, { priority: at });
    batch.history(TABLE, moved, "~", clock.tick());
  }
}

/** Who moves, and to which place: nobody unless one of them stands at the chosen place. */
function shifted<T>(
  priority: number,
  movable: readonly T[],
  fixed: readonly number[],
  placeOf: (item: T) => number,
): readonly (readonly [T, number])[] {
  if (!movable.some((item) => placeOf(item) === priority)) return [];
  let [last, lastFrom] = [priority, -1];
  return movable.filter((item) => placeOf(item) >= priority).sort((a, b) => placeOf(a) - placeOf(b)).map(
    (item) => {
      const from = placeOf(item);
      // Equal places stay equal.
      if (from !== lastFrom) {
        last = Math.max(from, last) + 1;
        while (fixed.includes(last)) last++;
      }
      lastFrom = from;
      return [item, last] as const;
    },
  );
}
