/** Where live rows of the kind are. */
import { idAndUuid, type TableMapping } from "../live.ts";
import { STATE_TABLES } from "../state_rows.ts";
import { currentState } from "../state_live.ts";
import { INITIAL_VALUE, overrideExtra, stateDeeper, stateDiffers, stateExtra } from "../state_live_rows.ts";
import type { SegmentOverrideFields } from "./spec.ts";

/** Live rows of the kind: states that hang on a feature segment. */
export const segmentOverrideLive: TableMapping<SegmentOverrideFields> = {
  table: "features_featurestate",
  join: (from) =>
    `${currentState(from, "n.feature_segment_id = t.feature_segment_id")}
  JOIN ${from("features_featuresegment")} fs ON fs.id = t.feature_segment_id JOIN ${
      from("segments_segment")
    } s ON s.id = fs.segment_id AND s.deleted_at IS NULL`,
  match: "e.name || chr(31) || s.name",
  parentColumn: "feature_id",
  copied: INITIAL_VALUE,
  live: "t.deleted_at IS NULL AND t.feature_segment_id IS NOT NULL",
  primaryKey: "id",
  extra: overrideExtra,
  differs: (fields, live) => {
    const priority = stateExtra(live).segment?.["priority"];
    const moved = fields.priority !== undefined && fields.priority !== priority;
    return [...stateDiffers(fields, live), ...(moved ? ["priority"] : [])];
  },
  relatedChange: (fields, live, field) => {
    if (field !== "priority") return stateDeeper(fields, live, field);
    const current = stateExtra(live).segment?.["priority"];
    return {
      from: typeof current === "number" ? current : null,
      to: fields.priority ?? null,
      columns: ["priority"],
    };
  },
  identity: idAndUuid,
  writes: [
    ...STATE_TABLES,
    "multivariate_historicalmultivariatefeaturestatevalue",
    "features_featuresegment",
    "features_historicalfeaturesegment",
  ],
  columns: (fields) => ({ enabled: fields.enabled }),
};
