/** Features with their options, owners and tags; their states hang below them. */
import type { Row } from "../../flagsmith/cell.ts";
import { type BuildContext, compareText, describe, distinct, given } from "./context.ts";
import type { Entity } from "./entity.ts";
import { valueTree } from "./feature_values.ts";
import { type ProjectPart, statesOf } from "./feature_states.ts";
import { idIn, textIn } from "../read/rows.ts";
import { list, mapping, plain, text, type Tree } from "./tree.ts";

/** The features of a project with all their states. */
export function buildFeatures(part: ProjectPart, where: string, context: BuildContext): readonly Entity[] {
  const rows = context.below("features_feature", "project_id").get(idIn(part.project, "id")) ?? [];
  return distinct("feature", rows, (row) => textIn(row, "name"), where, context).map(
    ({ row, name }): Entity => {
      const options = context.below("multivariate_multivariatefeatureoption", "feature_id").get(
        idIn(row, "id"),
      ) ?? [];
      const links = linksOf(row, name, where, context);
      const fields = describe(
        "feature",
        row,
        {
          name: given(text(name)),
          type: typeOf(row, options.length, name, where, context),
          multivariate_options: {
            value: list(options.map((option, at) => optionTree(option, at, name, where, context))),
            implied: options.length === 0,
          },
          ...links,
        },
        name,
        where,
        context,
      );
      return { kind: "feature", name, fields, children: statesOf(row, name, options, part, where, context) };
    },
  );
}

function typeOf(
  row: Row,
  options: number,
  name: string,
  where: string,
  { diagnostics }: BuildContext,
): { value: Tree; implied: boolean } | undefined {
  const type = textIn(row, "type");
  const follows = options > 0 ? "MULTIVARIATE" : "STANDARD";
  if (type === follows) return { value: text(type), implied: true };
  if (type === "MULTIVARIATE") return { value: text(type), implied: false };
  diagnostics.add(
    "FP441",
    undefined,
    `"type" of feature "${name}"${where} is "${type}", which the format cannot express${
      options > 0 ? " of a feature with options" : ""
    }; it becomes ${follows}`,
  );
  return undefined;
}

function optionTree(row: Row, at: number, name: string, where: string, context: BuildContext): Tree {
  const value = valueTree(row);
  const share = row["default_percentage_allocation"];
  if (value === undefined) {
    context.diagnostics.add(
      "FP441",
      undefined,
      `"value" of option ${at + 1} of feature "${name}"${where} has a type that the format does not know`,
    );
  }
  return mapping([
    ["value", value ?? plain(null)],
    ["key", typeof row["key"] === "string" ? text(textIn(row, "key")) : undefined],
    ["percentage_allocation", typeof share === "number" && share !== 100 ? plain(share) : undefined],
  ]);
}

/** List of the format → link table, its column, the table that it points to and the name there. */
const LINKS = [
  ["tags", "features_feature_tags", "tag_id", "tags_tag", "label"],
  ["owners", "features_feature_owners", "ffadminuser_id", "users_ffadminuser", "email"],
  [
    "group_owners",
    "features_feature_group_owners",
    "userpermissiongroup_id",
    "users_userpermissiongroup",
    "name",
  ],
] as const;

function linksOf(
  feature: Row,
  name: string,
  where: string,
  context: BuildContext,
): Readonly<Record<string, { value: Tree; implied: boolean }>> {
  return Object.fromEntries(LINKS.map(([field, table, column, target, label]) => {
    const ids = (context.below(table, "feature_id").get(idIn(feature, "id")) ?? []).map((link) =>
      idIn(link, column)
    );
    const targets = context.below(target, "id");
    const named = new Set<string>();
    for (const id of ids) {
      const row = targets.get(id)?.[0];
      if (row === undefined || row["is_system_tag"] === true) {
        context.diagnostics.add(
          "FP443",
          undefined,
          `Feature "${name}"${where} has ${
            row === undefined
              ? `${field} of another organisation, which are`
              : `the system tag "${textIn(row, label)}", which is`
          } left out`,
        );
      } else named.add(textIn(row, label));
    }
    const items = [...named].sort(compareText).map(text);
    return [field, { value: list(items), implied: items.length === 0 }];
  }));
}

/** The names of a project's features. */
export function featureNames({ children }: Entity): readonly string[] {
  return children.filter(({ kind }) => kind === "feature").map(({ name }) => name);
}
