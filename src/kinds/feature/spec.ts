/** The `features` list. */
import type * as z from "zod";
import {
  blankChoice,
  bool,
  choice,
  decimal,
  email,
  featureValue,
  freeText,
  LARGEST_VALUE,
  line,
  list,
  mapping,
  name,
  optional,
} from "../fields.ts";
import { exactEmailKey } from "../../flagsmith/email.ts";
import { pythonSum } from "../../flagsmith/python/sum.ts";
import type { FieldReference, KindSpec, SizedText } from "../kind.ts";
import { STATES_OF_FEATURE } from "../states_shorthand.ts";

const option = mapping({
  value: featureValue("The variant's value, typed by its YAML type"),
  key: optional(
    line({
      max: 255,
      identity: true,
      doc: "Letters, digits, `_`, `-`; never `control`; unique in the feature",
    }),
  ),
  percentage_allocation: optional(decimal({ min: 0, max: 100, doc: "Default 100, as in Flagsmith" })),
  ensure: optional(
    choice(
      ["present", "absent"],
      "absent: with `on_exists: update` the option goes, with all its shares; where others made any of that, with --allow-delete",
    ),
  ),
});

/** A multivariate option as declared. */
export type OptionFields = z.output<typeof option>;

const schema = mapping({
  name: name(2000),
  description: optional(freeText({ empty: true })),
  type: optional(
    blankChoice(["STANDARD", "MULTIVARIATE"], "STANDARD", "Follows from the options when it is not given"),
  ),
  default_enabled: optional(bool("On in every environment unless the project prevents flag defaults")),
  initial_value: optional(
    freeText({
      max: LARGEST_VALUE,
      empty: true,
      published: true,
      doc: "Source text of the scalar: `007` stays `007`; the state's value is typed by Flagsmith's rules",
    }),
  ),
  is_archived: optional(bool("Default false")),
  is_server_key_only: optional(bool("Served to server-side keys only; default false")),
  multivariate_options: optional(list(option)),
  tags: optional(list(line({ max: 100, identity: true, doc: "Labels of tags of the project" }))),
  owners: optional(list(email("Addresses of users"))),
  group_owners: optional(
    list(line({ max: 200, identity: true, doc: "Names of groups of the organisation" })),
  ),
});

/** What a feature item declares. */
export type FeatureFields = z.output<typeof schema>;

/** A feature of a project: it has a state in every environment. */
export const featureSpec: KindSpec<FeatureFields, "feature"> = {
  name: "feature",
  list: "features",
  nested: "features",
  label: "feature",
  plural: "features",
  doc:
    "A feature. Creating one creates its state in every environment of its project. Names are unique in a project ignoring case.",
  example: "name: items_per_page\nproject: Web App\ninitial_value: '25'\n",
  schema,
  parent: "project",
  identity: (fields) => fields.name,
  identityField: "name",
  key: (text) => text.toLowerCase(),
  commonNames: true,
  shorthand: STATES_OF_FEATURE,
  check: (fields, report) => {
    const options = fields.multivariate_options ?? [];
    const sum = pythonSum(
      options.filter((o) => o.ensure !== "absent").map((o) => o.percentage_allocation ?? 100),
    );
    if (sum > 100) {
      report(
        ["multivariate_options"],
        "FP112",
        `The options of feature "${fields.name}" are allocated ${sum} percent`,
        "An option without percentage_allocation counts 100, as in Flagsmith",
      );
    }
    const seen = new Set<string>();
    for (const [at, { key }] of options.entries()) {
      if (key === undefined) continue;
      if (!/^[A-Za-z0-9_-]+$/.test(key) || key === "control") {
        report(
          ["multivariate_options", at, "key"],
          "FP111",
          'An option\'s "key" takes letters, digits, "_" and "-", and is not "control"',
        );
      } else if (seen.has(key)) {
        report(
          ["multivariate_options", at, "key"],
          "FP201",
          `Option "${key}" is declared twice in feature "${fields.name}"`,
        );
      }
      seen.add(key);
    }
  },
  references: (fields) => [
    ...(fields.tags ?? []).map((name, at): FieldReference => ({
      path: ["tags", at],
      kind: "tag",
      name,
      scope: "project",
    })),
    ...(fields.owners ?? []).map((name, at): FieldReference => ({
      path: ["owners", at],
      kind: "user",
      name,
      scope: "global",
    })),
    ...(fields.group_owners ?? []).map((name, at): FieldReference => ({
      path: ["group_owners", at],
      kind: "group",
      name,
      scope: "organisation",
    })),
  ],
  sizedTexts: ({ initial_value: initial, multivariate_options: options = [] }) => [
    ...(initial === undefined ? [] : [
      {
        path: ["initial_value"],
        text: initial,
        table: "features_feature",
        column: "initial_value",
        setting: "featureValue",
      } as const,
    ]),
    ...options.flatMap(({ value }, at): readonly SizedText[] =>
      typeof value !== "string" ? [] : [{
        path: ["multivariate_options", at, "value"],
        text: value,
        table: "multivariate_multivariatefeatureoption",
        column: "string_value",
        setting: "featureValue",
      }]
    ),
  ],
  content: ({ name, multivariate_options, tags, owners, group_owners, ...fields }) => ({
    ...fields,
    tags: tags === undefined ? undefined : [...new Set(tags)].sort(),
    owners: owners === undefined ? undefined : [...new Set(owners.map(exactEmailKey))].sort(),
    group_owners: group_owners === undefined ? undefined : [...new Set(group_owners)].sort(),
    name: name.toLowerCase(),
    multivariate_options: toldByKey(multivariate_options)?.map((o) => ({
      value: o.value,
      key: o.key ?? null,
      percentage_allocation: o.percentage_allocation ?? 100,
      ...(o.ensure === "absent" ? { ensure: o.ensure } : {}),
    })),
  }),
  line: "own",
};

/**
 * Options that are told by their keys in the order of these: live ones stand in the order of their ids, as Flagsmith shows and
 * tries them, which no file changes.
 */
function toldByKey(options: readonly OptionFields[] | undefined): readonly OptionFields[] | undefined {
  return options?.every(({ key }) => key !== undefined) === true
    ? options.toSorted((a, b) => ((a.key ?? "") < (b.key ?? "") ? -1 : 1))
    : options;
}
