/** In which ways each field of the format refuses a value: asked of the schemas themselves, so that none is forgotten. */
import type * as z from "zod";
import { itemPolicySchema, policySchema } from "../../src/declarations/policy.ts";
import { sourceFile } from "../../src/diagnostics/source_file.ts";
import { fieldDocs, LARGEST_VALUE, structures } from "../../src/kinds/fields.ts";
import { ALL_SPECS, KIND_NAMES, type KindName } from "../../src/kinds/specs.ts";
import type { ScalarNode } from "../../src/source/node.ts";

const span = { file: sourceFile("probe", ""), start: 0, end: 0 };

function scalar(value: ScalarNode["value"], more: Partial<ScalarNode> = {}): ScalarNode {
  return {
    kind: "scalar",
    span,
    value,
    text: String(value ?? ""),
    style: typeof value === "string" ? "quoted" : "plain",
    interpolated: false,
    mocked: false,
    secret: false,
    ...more,
  };
}

/** A value of each sort that some field refuses: of another type, empty, null, too long, too great, malformed, secret. */
const PROBES: readonly unknown[] = [
  [],
  scalar(""),
  scalar(null),
  scalar("x".repeat(LARGEST_VALUE + 1)),
  scalar(1e300),
  scalar("@ !"),
  scalar("secret", { secret: true }),
];

/** The codes with which a schema refuses the probes and, where a value can be missing, the lack of one. */
function codesOf(schema: z.ZodType, canMiss: boolean): readonly string[] {
  const codes = [...(canMiss ? [undefined] : []), ...PROBES].flatMap((probe) => {
    const result = schema.safeParse(probe);
    return result.success
      ? []
      : result.error.issues.flatMap((issue) =>
        issue.code === "custom" && issue.path.length === 0 ? [String(issue.params?.["code"])] : []
      );
  });
  return [...new Set(codes)].sort();
}

/** `PATH CODE` for each field at and below a schema: `settings.force_2fa FP104`. */
function refusalsOf(schema: z.ZodType, path: string): readonly string[] {
  const inner = structures.get(schema);
  // What may be left out is asked as it is: a null is no mistake there.
  const structure = inner?.kind === "optional" ? structures.get(inner.inner) : inner;
  const leaf = fieldDocs.has(inner?.kind === "optional" ? inner.inner : schema);
  if (!leaf && structure === undefined) return [];
  const own = path === ""
    ? []
    : codesOf(schema, !/(\[\]|\.NAME)$/.test(path)).map((code) => `${path} ${code}`);
  switch (structure?.kind) {
    case "list":
      return [...own, ...refusalsOf(structure.item, `${path}[]`)];
    case "record":
      return [...own, ...refusalsOf(structure.value, `${path}.NAME`)];
    case "mapping": {
      const below = Object.entries(structure.fields);
      return [
        ...own,
        ...(path === "" ? [] : [`${path}.UNKNOWN FP102`]),
        ...below.flatMap(([key, field]) => refusalsOf(field, path === "" ? key : `${path}.${key}`)),
      ];
    }
    default:
      return own;
  }
}

/** What a document itself refuses; its keys are read one by one, not by a schema. */
const DOCUMENT: readonly string[] = Object.entries({
  UNKNOWN: ["FP102"],
  version: ["FP101"],
  app_domain: ["FP104", "FP106", "FP108", "FP111", "FP117"],
  message: ["FP104", "FP108", "FP117"],
  outputs: ["FP104"],
  "outputs.NAME": ["FP104", "FP106", "FP108", "FP111", "FP130", "FP131"],
  defaults: ["FP104"],
  "defaults.UNKNOWN": ["FP102"],
  "defaults.on_exists": ["FP104", "FP105"],
  "defaults.on_missing": ["FP104", "FP105"],
  "defaults.only_if_none": ["FP104"],
  reset: ["FP104"],
  "reset.UNKNOWN": ["FP102"],
  "reset.take_over": ["FP104"],
}).flatMap(([path, codes]) => codes.map((code) => `document.${path} ${code}`));

/** The fields that name another entity, beside those that say where an item belongs. */
const REFERENCES: readonly string[] = [
  "member.email",
  "group.members[].email",
  "segment.feature",
  "feature.tags[]",
  "feature.owners[]",
  "feature.group_owners[]",
  "feature_state.environment",
  "feature_state.multivariate[].option",
  "segment_override.environment",
  "segment_override.segment",
  "segment_override.multivariate[].option",
  "identity_override.environment",
  "identity_override.multivariate[].option",
  "user_organisation_permission.user",
  "group_organisation_permission.group",
  "user_project_permission.user",
  "group_project_permission.group",
  "user_environment_permission.user",
  "group_environment_permission.group",
];

/** `KIND.PATH CODE` for each way in which a field of a kind refuses a value; `KIND` is `*` for what every item may have. */
export function allRefusals(): readonly string[] {
  const of = (schema: z.ZodType, name: string): readonly string[] =>
    refusalsOf(schema, "").map((refusal) => `${name}.${refusal}`);
  return [
    ...DOCUMENT,
    ...REFERENCES.map((field) => `${field} FP204`),
    ...KIND_NAMES.flatMap((kind) => [
      // An item without a holder is read as one of a user.
      ...of(ALL_SPECS[kind].schema, kind).filter((r) => !/^group_.*_permission\.group FP103$/.test(r)),
      `${kind}.UNKNOWN FP102`,
      ...graphRefusals(kind),
    ]),
    ...of(policySchema, "*"),
    ...of(itemPolicySchema, "*"),
  ];
}

/** What names can do wrong: be declared twice, belong nowhere, or to two. */
function graphRefusals(kind: KindName): readonly string[] {
  const { parent, list, nested, identityField, single } = ALL_SPECS[kind];
  return [
    ...(single === true ? [] : [`${kind}.${identityField} FP201`]),
    ...(parent === undefined || list === undefined ? [] : [
      `${kind}.${parent} FP104`,
      `${kind}.${parent} FP108`,
      `${kind}.${parent} FP117`,
      `${kind}.${parent} FP204`,
      // A permission without its object is read as one on an organisation.
      ...(list === "permissions" && parent !== "organisation" ? [] : [`${kind}.${parent} FP206`]),
      ...(nested === undefined ? [] : [`${kind}.${parent} FP207`]),
    ]),
  ];
}
