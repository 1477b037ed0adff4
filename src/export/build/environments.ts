/** Environments with server-side keys, identities and permissions; and tags. */
import type { Row } from "../../flagsmith/cell.ts";
import { type BuildContext, describe, distinct, given, reportInexpressible } from "./context.ts";
import type { Entity } from "./entity.ts";
import { traitTree } from "./feature_values.ts";
import { buildPermissions } from "./permissions.ts";
import { idIn, textIn } from "../read/rows.ts";
import { mapping, text, type Tree } from "./tree.ts";

/** Environments of a project, by name. */
export function environmentRows(
  project: Row,
  where: string,
  context: BuildContext,
): readonly { readonly row: Row; readonly name: string }[] {
  const rows = context.below("environments_environment", "project_id").get(idIn(project, "id")) ?? [];
  return distinct("environment", rows, (row) => textIn(row, "name"), where, context);
}

/** One environment with what belongs to it. `overridden` are the identities that overrides name anyway. */
export function buildEnvironment(
  row: Row,
  name: string,
  project: string,
  overridden: ReadonlySet<number>,
  context: BuildContext,
): Entity {
  const where = ` in project "${project}"`;
  const fields = describe("environment", row, { name: given(text(name)) }, name, where, context);
  const inside = ` in environment "${name}" of project "${project}"`;
  return {
    kind: "environment",
    name,
    fields,
    children: [
      ...serverKeys(row, [project, name], inside, context),
      ...identities(row, overridden, inside, context),
      ...buildPermissions("environment", row, inside, context),
    ],
  };
}

function serverKeys(
  environment: Row,
  path: readonly string[],
  where: string,
  context: BuildContext,
): readonly Entity[] {
  const kind = "server_side_environment_key";
  const rows = context.below("environments_environmentapikey", "environment_id").get(
    idIn(environment, "id"),
  ) ?? [];
  return distinct(kind, rows, (row) => textIn(row, "name"), where, context).map(({ row, name }): Entity => {
    const key = { kind: "variable", name: context.variables.of([...path, name, "key"]) } as const;
    const fields = describe(
      kind,
      row,
      { name: given(text(name)), key: given(key) },
      name,
      where,
      context,
    );
    return { kind, name, fields, children: [] };
  });
}

function identities(
  environment: Row,
  overridden: ReadonlySet<number>,
  where: string,
  context: BuildContext,
): readonly Entity[] {
  const rows = context.below("environments_identity", "environment_id").get(idIn(environment, "id")) ?? [];
  const traits = context.below("environments_trait", "identity_id");
  return distinct("identity", rows, (row) => textIn(row, "identifier"), where, context).map(
    ({ row, name }): Entity => {
      const entries = (traits.get(idIn(row, "id")) ?? []).flatMap((trait): [string, Tree][] => {
        const key = textIn(trait, "trait_key");
        const value = traitTree(trait);
        if (value !== undefined && key !== "" && !key.includes("${")) return [[key, value]];
        const why = value === undefined
          ? "has no value that the format can say, and is left out"
          : "has a key that the format cannot express, and is omitted";
        reportInexpressible("identity", name, where, `traits.${key}`, why, context);
        return [];
      }).sort(([a], [b]) => (a < b ? -1 : 1));
      // An override creates the identity that it names.
      const implied = entries.length === 0 && overridden.has(idIn(row, "id"));
      const fields = describe(
        "identity",
        row,
        {
          identifier: given(text(name)),
          traits: { value: mapping(entries), implied: entries.length === 0 },
        },
        name,
        where,
        context,
      );
      return { kind: "identity", name, fields, children: [], implied };
    },
  );
}

/** The tags of a project; those that the application made for itself are left out. */
export function buildTags(project: Row, where: string, context: BuildContext): readonly Entity[] {
  const rows = (context.below("tags_tag", "project_id").get(idIn(project, "id")) ?? []).filter((row) =>
    row["is_system_tag"] !== true
  );
  return distinct("tag", rows, (row) => textIn(row, "label"), where, context).map((
    { row, name },
  ): Entity => ({
    kind: "tag",
    name,
    fields: describe("tag", row, { label: given(text(name)) }, name, where, context),
    children: [],
  }));
}
