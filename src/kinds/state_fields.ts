/** The fields that feature states, segment overrides and identity overrides share. */
import type * as z from "zod";
import { pythonSum } from "../flagsmith/python/sum.ts";
import type { Code } from "../diagnostics/codes.ts";
import {
  bool,
  decimal,
  type FeatureValue,
  featureValue,
  leafOf,
  list,
  mapping,
  nullable,
  optional,
} from "./fields.ts";
import type { Content, ReportField, SizedText } from "./kind.ts";

const allocation = mapping({
  option: leafOf(
    "position or key",
    (text) => (text === "" ? undefined : text),
    "Position of the option from 1, or its key",
  ),
  percentage_allocation: decimal({ min: 0, max: 100 }),
});

/** `enabled`, `value`, `multivariate`. */
export const stateFields = {
  enabled: optional(bool()),
  value: nullable(
    featureValue("Typed by its YAML type; `null`: no value; left out: the feature's initial value"),
  ),
  multivariate: optional(list(allocation)),
} as const;

/** What the shared fields declare. */
export interface StateFields {
  readonly enabled?: boolean | undefined;
  readonly value?: FeatureValue | undefined;
  readonly multivariate?: readonly z.output<typeof allocation>[] | undefined;
}

/** The shared part of the content hash. */
export function stateContent(
  { enabled, value, multivariate }: StateFields,
): Readonly<Record<string, Content | undefined>> {
  return {
    enabled,
    value,
    multivariate: multivariate?.map((m) => ({ ...m })).sort((a, b) => (a.option < b.option ? -1 : 1)),
  };
}

/** Checks that allocations name each option once and stay within 100 percent. */
export function checkAllocations({ multivariate }: StateFields, report: ReportField): void {
  const code: Code = "FP112";
  const sum = pythonSum((multivariate ?? []).map((m) => m.percentage_allocation));
  if (sum > 100) report(["multivariate"], code, `The allocations add up to ${sum} percent`);
  const seen = new Set<string>();
  for (const [at, { option }] of (multivariate ?? []).entries()) {
    if (seen.has(option)) {
      report(["multivariate", at, "option"], "FP201", `Option "${option}" is allocated twice`);
    }
    seen.add(option);
  }
}

/** The value of a state, when it is a text. */
export function sizedStateTexts({ value }: StateFields): readonly SizedText[] {
  return typeof value !== "string" ? [] : [{
    path: ["value"],
    text: value,
    table: "features_featurestatevalue",
    column: "string_value",
    setting: "featureValue",
  }];
}
