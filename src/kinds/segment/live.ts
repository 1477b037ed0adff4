/** Where live rows of the kind are, and which columns its fields declare. */
import { sql } from "../../database/statement.ts";
import { isNotDeleted } from "../../database/unindexed.ts";
import { FLAG_REFERENCES } from "../../flagsmith/models/projects.ts";
import { idAndUuid, NOT_DELETED, type TableMapping } from "../live.ts";
import { rulesData, type SegmentFields, storedRules } from "./spec.ts";

/** Live rows of the kind. */
export const segmentLive: TableMapping<SegmentFields> = {
  table: "segments_segment",
  match: { columns: [{ column: "name" }] },
  parentColumn: "project_id",
  // Revisions and drafts have another version_of_id; the dashboard hides system segments (contract.md 4.6).
  live: [NOT_DELETED, { column: "id", is: { column: "version_of_id" } }, {
    column: "is_system_segment",
    is: "false",
  }],
  primaryKey: "id",
  identity: idAndUuid,
  writes: [
    "segments_segment",
    "segments_historicalsegment",
    "segments_segmentrule",
    "segments_historicalsegmentrule",
    "segments_condition",
    "segments_historicalcondition",
    FLAG_REFERENCES,
    "softdelete_changeset",
    "softdelete_softdeleterecord",
  ],
  // A feature that was deleted since is none, also where one of its name is there again.
  extra: (table) =>
    sql`json_build_object('feature', (SELECT f.name FROM ${
      table("features_feature")
    } f WHERE f.id = t.feature_id AND ${isNotDeleted("f")}))`,
  differs: (fields, live, target) =>
    fields.feature !== undefined && target("feature") !== live.row["feature_id"] ? ["feature"] : [],
  relatedChange: (fields, live, words) => {
    if (words !== "feature") return undefined;
    const current: unknown = Object(live.extra)["feature"];
    return { from: typeof current === "string" ? current : null, to: fields.feature ?? null, columns: [] };
  },
  columns: (fields) => ({
    description: fields.description,
    rules_data: fields.rules === undefined ? undefined : { json: rulesData(storedRules(fields)) },
  }),
  derived: ["rules_data"],
  fieldNames: { rules_data: "rules" },
};
