/** Limits that Flagsmith's settings decide (`docs/flagsmith/tables.md#sizes`), checked without a database. */
import { type Declaration, isKind } from "../declarations/declaration.ts";
import { spanAt } from "../declarations/places.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { ApiLimits, Limit } from "../flagsmith/api_limits.ts";
import type { Graph, Resource } from "../graph/resource.ts";
import { lengthOf } from "../kinds/fields.ts";
import type { FieldPath, SizedText } from "../kinds/kind.ts";
import { conditionCount, segmentSpec } from "../kinds/segment/spec.ts";
import { ALL_SPECS } from "../kinds/specs.ts";

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

/** Reports each text of an entity that is longer than a database which was migrated with these settings takes. */
export function checkSettingsLengths(
  { declaration }: Resource,
  limits: ApiLimits,
  diagnostics: Diagnostics,
): void {
  if (declaration === undefined || declaration.policy.ensure === "absent") return;
  for (const { path, text, setting } of sizedTexts(declaration)) {
    reportLength(declaration, path, text, limits[setting], diagnostics);
  }
}

/** The texts of an item whose longest length settings decide. */
export function sizedTexts({ kind, fields }: Declaration): readonly SizedText[] {
  return ALL_SPECS[kind].sizedTexts?.(fields) ?? [];
}

/** Reports a text that is longer than its limit, where it has one. */
export function reportLength(
  declaration: Declaration,
  path: FieldPath,
  text: string,
  limit: Limit | undefined,
  diagnostics: Diagnostics,
): void {
  const length = lengthOf(text);
  if (limit === undefined || length <= limit.most) return;
  const field = path.findLast((step) => typeof step === "string") ?? "value";
  diagnostics.add(
    "FP106",
    spanAt(declaration.node, path),
    `"${field}" is ${length} characters long; Flagsmith stores ${limit.most} at most`,
    limit.hint,
  );
}
