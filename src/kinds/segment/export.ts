/** What the record does not say of the export of segments: what they are for, and their trees of rules. */
import { type Fragment, sql } from "../../database/statement.ts";
import { idIn, type Row, textIn } from "../../flagsmith/cell.ts";
import { canonicalValue } from "../../flagsmith/condition.ts";
import type { ExportContext, ExportedRow, KindExport, RelatedSource, Told } from "../exported.ts";
import { list, mapping, text, type Tree } from "../value_tree.ts";

/** Segments with their rules; rules and conditions in the order of their ids. */
export const segmentExport: KindExport = {
  related: [
    { table: "segments_segmentrule", where: (source) => sql`t.id = ${rulesOf(source)}` },
    {
      table: "segments_condition",
      where: (source) => sql`${source.isLive("segments_condition", "t")} AND t.rule_id = ${rulesOf(source)}`,
    },
  ],
  tell({ row, name, where }: ExportedRow, context: ExportContext): Told {
    const { below, report } = context;
    const target = below("features_feature", "id").get(idIn(row, "feature_id"))?.[0];
    if (target === undefined && row["feature_id"] !== null && row["feature_id"] !== undefined) {
      report("FP441", `"feature" of segment "${name}"${where} is a deleted feature and left out`);
    }
    const top = (below("segments_segmentrule", "segment_id").get(idIn(row, "id")) ?? [])
      .map((rule) => topRule(rule, context));
    return {
      fields: {
        feature: target === undefined ? undefined : { value: text(textIn(target, "name")) },
        rules: { value: list(top) },
      },
    };
  },
};

/** The right side of `column =`, for the ids of all rules of the exported segments, those below other rules included. */
function rulesOf({ ids, table, isLive }: RelatedSource): Fragment {
  return sql`ANY(ARRAY(WITH RECURSIVE tree AS (SELECT r.id FROM ${table("segments_segmentrule")} r WHERE ${
    isLive("segments_segmentrule", "r")
  } AND r.segment_id = ${ids}
  UNION SELECT r.id FROM ${table("segments_segmentrule")} r JOIN tree ON r.rule_id = tree.id WHERE ${
    isLive("segments_segmentrule", "r")
  }) SELECT id FROM tree))`;
}

/**
 * A top-level rule. The shape that a rule with conditions alone is stored in (an outer `ALL` around one rule) is written
 * short; everything else has a `rules` key, with which the tree is stored as written.
 */
function topRule(rule: Row, context: ExportContext): Tree {
  const id = idIn(rule, "id");
  const nested = context.below("segments_segmentrule", "rule_id").get(id) ?? [];
  const conditions = conditionsOf(id, context);
  const [only] = nested;
  if (only !== undefined && nested.length === 1 && rule["type"] === "ALL" && conditions.length === 0) {
    const below = context.below("segments_segmentrule", "rule_id").get(idIn(only, "id")) ?? [];
    const inner = conditionsOf(idIn(only, "id"), context);
    if (below.length === 0 && inner.length > 0) {
      return mapping([["type", text(textIn(only, "type"))], ["conditions", list(inner)]]);
    }
  }
  return mapping([
    ["type", text(textIn(rule, "type"))],
    ["conditions", conditions.length === 0 ? undefined : list(conditions)],
    ["rules", list(nested.map((one) => nestedRule(one, context)))],
  ]);
}

/** A rule below the top level, with all that depends on it, however deep: what is too deep is told by the check. */
function nestedRule(rule: Row, context: ExportContext): Tree {
  const id = idIn(rule, "id");
  const conditions = conditionsOf(id, context);
  const nested = context.below("segments_segmentrule", "rule_id").get(id) ?? [];
  return mapping([
    ["type", text(textIn(rule, "type"))],
    ["conditions", conditions.length === 0 ? undefined : list(conditions)],
    ["rules", nested.length === 0 ? undefined : list(nested.map((one) => nestedRule(one, context)))],
  ]);
}

function conditionsOf(rule: number, context: ExportContext): readonly Tree[] {
  return (context.below("segments_condition", "rule_id").get(rule) ?? []).map((row) => {
    const operator = textIn(row, "operator");
    const optional = (column: string): Tree | undefined =>
      typeof row[column] === "string" ? text(textIn(row, column)) : undefined;
    return mapping([
      ["property", optional("property")],
      ["operator", text(operator)],
      ["value", canonicalValue(operator, "") === null ? undefined : optional("value")],
      ["description", optional("description")],
    ]);
  });
}
