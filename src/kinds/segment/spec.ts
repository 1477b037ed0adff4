/** The `segments` list. */
import * as z from "zod";
import { canonicalValue, checkCondition, OPERATORS } from "../../flagsmith/condition.ts";
import { FLAGS_IN_CONDITIONS } from "../../flagsmith/releases.ts";
import {
  choice,
  freeText,
  LARGEST_VALUE,
  line,
  list,
  mapping,
  name,
  optional,
  textOrTexts,
} from "../fields.ts";
import { flagReferences } from "./flag_references.ts";
import type { Content, FieldPath, KindSpec, MockedAt, ReportField, SecretAt, SizedText } from "../kind.ts";

const RULE_TYPES = ["ALL", "ANY", "NONE"] as const;

const condition = mapping({
  property: optional(
    line({
      max: 1000,
      empty: true,
      padded: true,
      doc:
        `Name of a trait, or a JSONPath that begins with \`$.\`; \`$.flags.NAME.enabled\` or \`.value\` asks for another flag, from Flagsmith ${FLAGS_IN_CONDITIONS} on`,
    }),
  ),
  operator: choice(OPERATORS, "Compares the trait with the value"),
  value: optional(
    textOrTexts({
      max: LARGEST_VALUE,
      empty: true,
      published: true,
      doc:
        "Always text for Flagsmith; what it must look like depends on the operator. A list, for `IN`, is stored as JSON text",
    }),
  ),
  description: optional(freeText({ empty: true })),
});

/** A condition as declared. */
export type ConditionFields = z.output<typeof condition>;

const ruleType = choice(RULE_TYPES, "How many of the conditions and rules below must match");
const innermost = mapping({
  type: ruleType,
  conditions: optional(list(condition)),
  rules: optional(list(z.unknown())),
});
const inner = mapping({
  type: ruleType,
  conditions: optional(list(condition)),
  rules: optional(list(innermost)),
});
const schema = mapping({
  name: name(2000),
  description: optional(freeText({ empty: true })),
  feature: optional(line({ max: 2000, identity: true, doc: "Makes the segment specific to this feature" })),
  rules: optional(list(inner)),
});

/** What a segment item declares. */
export type SegmentFields = z.output<typeof schema>;

/** A rule as it will be stored. */
export interface StoredRule {
  readonly type: typeof RULE_TYPES[number];
  readonly conditions: readonly StoredCondition[];
  readonly rules: readonly StoredRule[];
}

/** A condition as it will be stored; the value is text or NULL. */
export interface StoredCondition {
  readonly property: string | null;
  readonly operator: string;
  readonly value: string | null;
  readonly description: string | null;
}

/** The value as text: a list is the JSON that the engine reads. */
function valueText({ value }: Pick<ConditionFields, "value">): string | null {
  return value === undefined || typeof value === "string" ? value ?? null : JSON.stringify(value);
}

function storedCondition(fields: ConditionFields): StoredCondition {
  return {
    property: fields.property ?? null,
    operator: fields.operator,
    value: valueText(fields),
    description: fields.description ?? null,
  };
}

/**
 * The tree as it is stored. A top-level rule with conditions and without a `rules` key becomes an outer `ALL` with one
 * nested rule, the shape that the dashboard can edit (`docs/format.md#segments`;
 * `docs/flagsmith/segments.md#rows-of-a-segment`); all others stay as written.
 */
export function storedRules(fields: SegmentFields): readonly StoredRule[] {
  return (fields.rules ?? []).map((rule): StoredRule => {
    const conditions = (rule.conditions ?? []).map(storedCondition);
    if (rule.rules === undefined) {
      return { type: "ALL", conditions: [], rules: [{ type: rule.type, conditions, rules: [] }] };
    }
    return {
      type: rule.type,
      conditions,
      rules: rule.rules.map((nested) => ({
        type: nested.type,
        conditions: (nested.conditions ?? []).map(storedCondition),
        rules: [],
      })),
    };
  });
}

/**
 * `rules_data` and canonical content: exactly the keys that Flagsmith's serializer writes
 * (`docs/flagsmith/segments.md#rules-as-json`).
 */
export function rulesData(rules: readonly StoredRule[]): Content {
  return rules.map((rule) => ({
    type: rule.type,
    rules: rulesData(rule.rules),
    conditions: rule.conditions.map((c) => ({
      value: c.value,
      operator: c.operator,
      property: c.property,
      description: c.description,
    })),
  }));
}

/** `rules_data` with each condition in the form that all conditions of the same meaning share, for hash and comparison. */
export function canonicalRules(data: Content): Content {
  if (Array.isArray(data)) return data.map(canonicalRules);
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]): [string, Content] => {
      if (key === "rules" || key === "conditions") return [key, canonicalRules(value)];
      const operator = Object(data)["operator"];
      return key === "value" && typeof operator === "string" && (typeof value === "string" || value === null)
        ? [key, canonicalValue(operator, value)]
        : [key, value];
    }),
  );
}

/** A segment of a project. */
export const segmentSpec: KindSpec<SegmentFields, "segment"> = {
  name: "segment",
  list: "segments",
  nested: "segments",
  label: "segment",
  plural: "segments",
  doc:
    "A segment. A top-level rule with conditions and no `rules` key is stored in the shape that the dashboard can edit: an outer `ALL` with one nested rule.",
  example:
    "name: enterprise_customers\nproject: Web App\nrules:\n  - type: ALL\n    conditions: [{ property: plan, operator: EQUAL, value: enterprise }]\n",
  schema,
  parent: "project",
  identity: (fields) => fields.name,
  identityField: "name",
  key: (text) => text,
  references: (fields) => [
    ...(fields.feature === undefined
      ? []
      : [{ path: ["feature"], kind: "feature", name: fields.feature, scope: "project" } as const]),
    ...flagReferences(fields).map(({ path, flag }) =>
      ({ path, kind: "feature", name: flag, scope: "project", mention: true }) as const
    ),
  ],
  lacks: ({ rules }) => rules === undefined ? { what: "rules", hint: NEEDS_RULES } : undefined,
  check: checkRules,
  sizedTexts: ({ rules = [] }) =>
    rules.flatMap((rule, outer) => [
      ...sizedValues(rule, ["rules", outer]),
      ...(rule.rules ?? []).flatMap((nested, inner) => sizedValues(nested, ["rules", outer, "rules", inner])),
    ]),
  content: ({ name, description, feature, rules }) => ({
    name,
    description,
    feature: feature?.toLowerCase(),
    rules: rules === undefined ? undefined : canonicalRules(rulesData(storedRules({ name, rules }))),
  }),
  line: "own",
};

/** Values of the conditions of one rule; `path` leads to the rule. */
function sizedValues(
  { conditions = [] }: { readonly conditions?: readonly ConditionFields[] | undefined },
  path: FieldPath,
): readonly SizedText[] {
  return conditions.flatMap((condition, at) => {
    const text = valueText(condition);
    return text === null ? [] : [{
      path: [...path, "conditions", at, "value"],
      text,
      table: "segments_condition",
      column: "value",
      setting: "conditionValue",
    }];
  });
}

const NEEDS_RULES = "A segment needs at least one rule";

function checkRules(
  fields: SegmentFields,
  report: ReportField,
  isSecret: SecretAt,
  isMocked: MockedAt,
): void {
  if (fields.rules === undefined || fields.rules.length === 0) {
    report(
      fields.rules === undefined ? [] : ["rules"],
      "FP103",
      `Segment "${fields.name}" has no rules`,
      NEEDS_RULES,
    );
    return;
  }
  const checkConditions = (conditions: readonly ConditionFields[] | undefined, path: FieldPath): void => {
    for (const [at, item] of (conditions ?? []).entries()) {
      // What one of them takes depends on the others.
      if (["operator", "property", "value"].some((key) => isMocked([...path, "conditions", at, key]))) {
        continue;
      }
      if (Array.isArray(item.value) && item.operator !== "IN") {
        report(
          [...path, "conditions", at, "value"],
          "FP104",
          `"value" of ${item.operator} takes text, not a list`,
          "Only IN takes a list",
        );
        continue;
      }
      const problem = checkCondition({
        operator: item.operator,
        property: item.property ?? null,
        value: valueText(item),
        secret: isSecret([...path, "conditions", at, "value"]),
      });
      if (problem === undefined) continue;
      const there = item[problem.field] !== undefined;
      const place = there ? [problem.field] : problem.field === "value" ? ["operator"] : [];
      report([...path, "conditions", at, ...place], problem.code, problem.message, problem.hint);
    }
  };
  for (const [outerAt, outer] of fields.rules.entries()) {
    checkConditions(outer.conditions, ["rules", outerAt]);
    for (const [innerAt, nested] of (outer.rules ?? []).entries()) {
      checkConditions(nested.conditions, ["rules", outerAt, "rules", innerAt]);
      if (nested.rules !== undefined && nested.rules.length > 0) {
        report(
          ["rules", outerAt, "rules", innerAt, "rules"],
          "FP113",
          "Rules are nested more than two levels deep",
        );
      }
    }
  }
}

/** How many conditions a segment declares, at all levels. */
export function conditionCount({ rules }: SegmentFields): number {
  return (rules ?? []).reduce(
    (sum, { conditions, rules: inner }) =>
      (inner ?? []).reduce(
        (all, rule) => all + (rule.conditions ?? []).length,
        sum + (conditions ?? []).length,
      ),
    0,
  );
}
