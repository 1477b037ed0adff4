/** Where live rows of the kind are, and which columns its fields declare. */
import { type Fragment, identifier, sql } from "../../database/statement.ts";
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
  } c WHERE c.rule_id = ${rule} AND to_jsonb(c.*) ->> 'deleted_at' IS NULL), '[]'::json)`;

/** Where the application notes which rules and conditions it marked as deleted. */
const DELETION_RECORDS: readonly string[] = ["softdelete_changeset", "softdelete_softdeleterecord"];

/** Levels of rules that are told: one more than can be declared, so that a deeper tree is another one. */
const LEVELS = 3;

/**
 * What `rules_data` repeats: the rows, which evaluation and the API read in every release that has the column
 * (`docs/flagsmith/segments.md#rules-as-json`). The column may be NULL or older than they are.
 */
const storedRulesOf = (
  table: TableSource,
  holder: Fragment = sql`r1.segment_id = t.id`,
  level = 1,
): Fragment => {
  const row = identifier(`r${level}`);
  const id = sql`${row}.id`;
  const below = level === LEVELS
    ? sql`'[]'::json`
    : storedRulesOf(table, sql`${identifier(`r${level + 1}`)}.rule_id = ${id}`, level + 1);
  return sql`coalesce((SELECT json_agg(json_build_object('type', ${row}.type, 'conditions', ${
    conditionsOf(id, table)
  }, 'rules', ${below}) ORDER BY ${id}) FROM ${
    table("segments_segmentrule")
  } ${row} WHERE ${holder} AND to_jsonb(${row}) ->> 'deleted_at' IS NULL), '[]'::json)`;
};

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
    ...DELETION_RECORDS,
  ],
  removes: [FLAG_REFERENCES, "segments_segmentrule", "segments_condition"],
  onlyChanged: DELETION_RECORDS,
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
