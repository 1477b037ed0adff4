/**
 * Lengths that Flagsmith's settings decide at migration time (`docs/flagsmith/tables.md#sizes`): checked against the
 * live columns, or without a database against the defaults.
 */
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { isKind } from "../declarations/declaration.ts";
import { spanAt } from "../declarations/places.ts";
import type { Resource } from "../graph/resource.ts";
import { lengthOf } from "../kinds/fields.ts";
import type { FieldPath } from "../kinds/kind.ts";
import { valueText } from "../kinds/segment/spec.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";

/** The longest text of a column in characters; undefined when unlimited. */
export type LengthLimit = (table: string, column: string) => number | undefined;

const OPTIONS = "multivariate_multivariatefeatureoption";

const DEFAULTS: Readonly<Record<string, number>> = {
  "features_feature.initial_value": 20000,
  [`${OPTIONS}.string_value`]: 20000,
  "segments_condition.value": 1000,
};

/** The limits of a database that was migrated with default settings. */
export const defaultLimit: LengthLimit = (table: string, column: string): number | undefined =>
  DEFAULTS[`${table}.${column}`];

/** Reports each text of an entity that its column cannot take. */
export function checkLengths(resource: Resource, limit: LengthLimit, diagnostics: Diagnostics): void {
  const { declaration } = resource;
  if (declaration === undefined || declaration.policy.ensure === "absent") return;
  const check = (text: string | undefined, table: string, column: string, path: FieldPath): void => {
    const most = limit(table, column);
    if (text === undefined || most === undefined || lengthOf(text) <= most) return;
    const field = path.findLast((step) => typeof step === "string") ?? column;
    const message = `"${field}" is ${lengthOf(text)} characters long; Flagsmith stores ${most} at most`;
    diagnostics.add("FP106", spanAt(declaration.node, path), message);
  };
  const live = LIVE_TABLES[declaration.kind];
  for (const [column, cell] of Object.entries(live.columns(declaration.fields))) {
    const field = live.fieldNames?.[column] ?? column;
    const settings = declaration.node.entries.some((e) => e.key === field) ? [] : ["settings"];
    if (typeof cell === "string") check(cell, live.table, column, [...settings, field]);
  }
  if (isKind(declaration, "feature")) {
    for (const [at, { value }] of (declaration.fields.multivariate_options ?? []).entries()) {
      check(typeof value === "string" ? value : undefined, OPTIONS, "string_value", [
        "multivariate_options",
        at,
        "value",
      ]);
    }
  }
  if (isKind(declaration, "segment")) {
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
