/** Where live rows of the kind are. */
import { idAndUuid, NOT_DELETED, type TableMapping } from "../live.ts";
import { STATE_TABLES } from "../state_rows.ts";
import { INITIAL_VALUE, overrideParts, stateDiffers, stateExtra } from "../state_live_rows.ts";
import type { SegmentOverrideFields } from "./spec.ts";

/** Live rows of the kind: states that depend on a feature segment. */
export const segmentOverrideLive: TableMapping<SegmentOverrideFields> = {
  table: "features_featurestate",
  currentOf: "segment",
  joins: [
    { table: "features_featuresegment", as: "fs", column: "id", equals: { column: "feature_segment_id" } },
    {
      table: "segments_segment",
      as: "s",
      column: "id",
      equals: { of: "fs", column: "segment_id" },
      live: true,
    },
  ],
  match: { columns: [{ of: "e", column: "name" }, { of: "s", column: "name" }] },
  parentColumn: "feature_id",
  copied: INITIAL_VALUE,
  live: [NOT_DELETED, { column: "feature_segment_id", is: "not null" }],
  primaryKey: "id",
  extra: overrideParts,
  differs: (fields, live) => {
    const current = stateExtra(live).segment?.["priority"];
    const { priority } = fields;
    return [
      ...stateDiffers(fields, live),
      ...(priority === undefined || priority === current ? [] : [{
        field: "priority",
        from: typeof current === "number" ? current : null,
        to: priority,
        columns: ["priority"],
      }]),
    ];
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
