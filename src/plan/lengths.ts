/**
 * Lengths that Flagsmith's settings decide at migration time (`docs/flagsmith/tables.md#sizes`): checked against the
 * live columns, or without a database against the defaults.
 */
import type { Catalog } from "../database/catalog.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isKind } from "../declarations/declaration.ts";
import { spanAt } from "../declarations/places.ts";
import type { ApiLimits, Limit } from "../flagsmith/api_limits.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { lengthOf } from "../kinds/fields.ts";
import { featureSpec } from "../kinds/feature/spec.ts";
import { featureStateSpec } from "../kinds/feature_state/spec.ts";
import { identityOverrideSpec } from "../kinds/identity_override/spec.ts";
import type { FieldPath } from "../kinds/kind.ts";
import { conditionCount, segmentSpec, valueText } from "../kinds/segment/spec.ts";
import { segmentOverrideSpec } from "../kinds/segment_override/spec.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";

/** The longest text of a column in characters; undefined when unlimited. */
export type LengthLimit = (table: string, column: string) => Limit | undefined;

const OPTIONS = "multivariate_multivariatefeatureoption";
const VALUES = "features_featurestatevalue";

/** The limits of a database that was migrated with these settings. */
export function settingsLimit({ featureValue, conditionValue }: ApiLimits): LengthLimit {
  const known: Readonly<Record<string, Limit>> = {
    "features_feature.initial_value": featureValue,
    [`${OPTIONS}.string_value`]: featureValue,
    [`${VALUES}.string_value`]: featureValue,
    "segments_condition.value": conditionValue,
  };
  return (table, column) => known[`${table}.${column}`];
}

/** The limits of the columns that are there. */
export function liveLimit({ tables }: Catalog): LengthLimit {
  return (table, column) => {
    const most = tables.get(table)?.get(column)?.maxLength;
    return most === undefined
      ? undefined
      : { most, hint: `The column ${table}.${column} is as long as that` };
  };
}

/** Reports each segment with more conditions than the API allows. */
export function checkConditionCounts(
  { resources }: Graph,
  { most, hint }: Limit,
  diagnostics: Diagnostics,
): void {
  for (const { declaration } of resources) {
    if (declaration === undefined || !isKind(declaration, segmentSpec.name)) continue;
    const count = conditionCount(declaration.fields);
    if (count <= most || declaration.policy.ensure === "absent") continue;
    const message = `Segment "${declaration.fields.name}" has ${count} conditions; Flagsmith allows ${most}`;
    diagnostics.add("FP113", spanAt(declaration.node, ["rules"]), message, hint);
  }
}

/** Reports each text of an entity that its column cannot take. */
export function checkLengths(resource: Resource, limit: LengthLimit, diagnostics: Diagnostics): void {
  const { declaration } = resource;
  if (declaration === undefined || declaration.policy.ensure === "absent") return;
  const check = (text: string | undefined, table: string, column: string, path: FieldPath): void => {
    if (text === undefined) return;
    const allowed = limit(table, column);
    if (allowed === undefined || lengthOf(text) <= allowed.most) return;
    const field = path.findLast((step) => typeof step === "string") ?? column;
    const message = `"${field}" is ${
      lengthOf(text)
    } characters long; Flagsmith stores ${allowed.most} at most`;
    diagnostics.add("FP106", spanAt(declaration.node, path), message, allowed.hint);
  };
  const live = LIVE_TABLES[declaration.kind];
  for (const [column, cell] of Object.entries(live.columns(declaration.fields))) {
    const field = live.fieldNames?.[column] ?? column;
    const settings = declaration.node.entries.some((e) => e.key === field) ? [] : ["settings"];
    if (typeof cell === "string") check(cell, live.table, column, [...settings, field]);
  }
  if (
    isKind(declaration, featureStateSpec.name) || isKind(declaration, segmentOverrideSpec.name) ||
    isKind(declaration, identityOverrideSpec.name)
  ) {
    const { value } = declaration.fields;
    check(typeof value === "string" ? value : undefined, VALUES, "string_value", ["value"]);
  }
  if (isKind(declaration, featureSpec.name)) {
    for (const [at, { value }] of (declaration.fields.multivariate_options ?? []).entries()) {
      check(typeof value === "string" ? value : undefined, OPTIONS, "string_value", [
        "multivariate_options",
        at,
        "value",
      ]);
    }
  }
  if (isKind(declaration, segmentSpec.name)) {
    for (const [outer, rule] of (declaration.fields.rules ?? []).entries()) {
      const conditions = [
        { path: ["rules", outer, "conditions"], list: rule.conditions ?? [] },
        ...(rule.rules ?? []).map((r, inner) => ({
          path: ["rules", outer, "rules", inner, "conditions"],
          list: r.conditions ?? [],
        })),
      ];
      for (const { path, list } of conditions) {
        for (const [at, condition] of list.entries()) {
          check(valueText(condition) ?? undefined, "segments_condition", "value", [...path, at, "value"]);
        }
      }
    }
  }
}
