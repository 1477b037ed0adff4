/** Segments and their rule trees. */
import type { Row } from "../../flagsmith/cell.ts";
import { canonicalValue } from "../../flagsmith/condition.ts";
import { type BuildContext, describe, distinct, given } from "./context.ts";
import type { Entity } from "./entity.ts";
import { idIn, textIn } from "../read/rows.ts";
import { list, mapping, text, type Tree } from "./tree.ts";

/**
 * True for segments of users: neither a revision or a draft of another one, nor one that the application made. Before 2.127.0
 * there are no revisions, and no column that tells them.
 */
export function isSegment(row: Row): boolean {
  return (!("version_of_id" in row) || row["version_of_id"] === row["id"]) &&
    row["is_system_segment"] !== true;
}

/** The segments of a project; rules and conditions in the order of their ids. */
export function buildSegments(project: Row, where: string, context: BuildContext): readonly Entity[] {
  const rows = (context.below("segments_segment", "project_id").get(idIn(project, "id")) ?? []).filter(
    isSegment,
  );
  const features = context.below("features_feature", "id");
  const rules = context.below("segments_segmentrule", "segment_id");
  return distinct("segment", rows, (row) => textIn(row, "name"), where, context).map(
    ({ row, name }): Entity => {
      const target = features.get(idIn(row, "feature_id"))?.[0];
      const feature = target === undefined ? undefined : textIn(target, "name");
      if (feature === undefined && row["feature_id"] !== null && row["feature_id"] !== undefined) {
        context.diagnostics.add(
          "FP441",
          undefined,
          `"feature" of segment "${name}"${where} is a deleted feature and left out`,
        );
      }
      const top = (rules.get(idIn(row, "id")) ?? []).map((rule) => topRule(rule, context));
      const fields = describe(
        "segment",
        row,
        {
          name: given(text(name)),
          feature: given(feature === undefined ? undefined : text(feature)),
          rules: given(list(top)),
        },
        name,
        where,
        context,
      );
      return { kind: "segment", name, fields, children: [] };
    },
  );
}

/**
 * A top-level rule. The shape that a rule with conditions alone is stored in (an outer `ALL` around one rule) is written
 * short; everything else has a `rules` key, with which the tree is stored as written.
 */
function topRule(rule: Row, context: BuildContext): Tree {
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
function nestedRule(rule: Row, context: BuildContext): Tree {
  const id = idIn(rule, "id");
  const conditions = conditionsOf(id, context);
  const nested = context.below("segments_segmentrule", "rule_id").get(id) ?? [];
  return mapping([
    ["type", text(textIn(rule, "type"))],
    ["conditions", conditions.length === 0 ? undefined : list(conditions)],
    ["rules", nested.length === 0 ? undefined : list(nested.map((one) => nestedRule(one, context)))],
  ]);
}

function conditionsOf(rule: number, context: BuildContext): readonly Tree[] {
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
