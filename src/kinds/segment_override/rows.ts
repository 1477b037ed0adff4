/** Rows of a segment override: the feature segment, then its state (`contract.md` 2.2). */
import { featureSegmentRow } from "../../flagsmith/models/features.ts";
import { type KindRows, parentOf, stateKey } from "../rows.ts";
import { saveLiveState } from "../state_live_rows.ts";
import { writeOverride } from "../state_rows.ts";
import type { SegmentOverrideFields } from "./spec.ts";

const TABLE = "features_featuresegment";

/** Writes segment overrides. */
export const segmentOverrideRows: KindRows<SegmentOverrideFields> = {
  create(fields, resource, context) {
    const { batch, clock, idOf } = context;
    const feature = parentOf(resource);
    const environment = resource.references.get("environment");
    const segment = resource.references.get("segment");
    if (environment === undefined || segment === undefined) {
      throw new TypeError("Cannot write an override without environment and segment");
    }
    const key = stateKey(idOf(feature), idOf(environment));
    // Rows created together with their environment or feature belong to the version that came with them (contract.md 7).
    const version = context.defaultStates.get(key)?.state["environment_feature_version_id"];
    const priority = fields.priority ?? (context.priorities.get(key) ?? 0) + context.writtenRank(resource);
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
      },
      fields,
      context,
    );
  },
  update(fields, _resource, live, _after, context) {
    saveLiveState(fields, live, context);
  },
};
