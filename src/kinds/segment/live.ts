/** Where live rows of the kind are, and which columns its fields declare. */
import { type Fragment, sql } from "../../database/statement.ts";
import type { TableSource } from "../../database/table_source.ts";
import { isNotDeleted } from "../../database/unindexed.ts";
import { isJson } from "../../flagsmith/cell.ts";
import { FLAG_REFERENCES } from "../../flagsmith/models/projects.ts";
import type { Content } from "../kind.ts";
import { idAndUuid, NOT_DELETED, type TableMapping } from "../live.ts";
import { canonicalRules, rulesData, type SegmentFields, storedRules } from "./spec.ts";

/** Live conditions of a rule, as JSON; `deleted_at` is asked for in this way since releases before 2.103.2 lack it. */
const conditionsOf = (rule: Fragment, table: TableSource): Fragment =>
  sql`coalesce((SELECT json_agg(json_build_object('value', c.value, 'operator', c.operator, 'property', c.property, 'description', c.description) ORDER BY c.id)
    FROM ${
    table("segments_condition")
  } c WHERE c.rule_id = ${rule} AND to_jsonb(c) ->> 'deleted_at' IS NULL), '[]'::json)`;

/** What `rules_data` would hold, in releases without the column. */
const storedRulesOf = (table: TableSource): Fragment =>
  sql`CASE WHEN jsonb_exists(to_jsonb(t), 'rules_data') THEN NULL ELSE coalesce((
  SELECT json_agg(json_build_object('type', r.type, 'conditions', ${
    conditionsOf(sql`r.id`, table)
  }, 'rules', coalesce((
    SELECT json_agg(json_build_object('type', n.type, 'conditions', ${
    conditionsOf(sql`n.id`, table)
  }, 'rules', '[]'::json) ORDER BY n.id)
    FROM ${
    table("segments_segmentrule")
  } n WHERE n.rule_id = r.id AND to_jsonb(n) ->> 'deleted_at' IS NULL), '[]'::json)) ORDER BY r.id)
  FROM ${
    table("segments_segmentrule")
  } r WHERE r.segment_id = t.id AND to_jsonb(r) ->> 'deleted_at' IS NULL), '[]'::json) END`;

/** Live rows of the kind. */
export const segmentLive: TableMapping<SegmentFields> = {
  table: "segments_segment",
  match: { columns: [{ column: "name" }] },
  parentColumn: "project_id",
  // Revisions and drafts have another version_of_id; the dashboard hides system segments
  // (`docs/flagsmith/segments.md#rows-of-a-segment`).
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
    } f WHERE f.id = t.feature_id AND ${isNotDeleted("f")}), 'rules', ${storedRulesOf(table)})`,
  differs: (fields, live, target) => {
    if (fields.feature === undefined || target("feature") === live.row["feature_id"]) return [];
    const current: unknown = Object(live.extra)["feature"];
    const from = typeof current === "string" ? current : null;
    return [{ field: "feature", from, to: fields.feature, columns: [] }];
  },
  columns: (fields) => ({
    description: fields.description,
    rules_data: fields.rules === undefined ? undefined : { json: rulesData(storedRules(fields)) },
  }),
  derived: { rules_data: ({ extra }) => ({ json: Object(extra)["rules"] ?? [] }) },
  compared: { rules_data: (cell) => (isJson(cell) ? { json: canonicalRules(cell.json as Content) } : cell) },
  fieldNames: { rules_data: "rules" },
};
