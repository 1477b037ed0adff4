/** Users, and an organisation with its members, groups and keys. */
import type { Row } from "../../flagsmith/cell.ts";
import { PERMISSION_TABLES } from "../../kinds/permission/live.ts";
import { type BuildContext, compareText, describe, distinct, given, titleOf } from "./context.ts";
import type { Entity } from "./entity.ts";
import { tellMissingSubscription } from "./missing.ts";
import { buildPermissions } from "./permissions.ts";
import { idIn, rowsOf, textIn } from "../read/rows.ts";
import { list, mapping, plain, text } from "./tree.ts";

/** Which users and groups belong to the export, by id. */
export interface People {
  readonly users: ReadonlySet<number>;
  readonly groups: ReadonlySet<number>;
}

/** Users and groups that the exported projects name, and with `all` every one of the organisation. */
export function peopleOf(context: BuildContext, all: boolean): People {
  const ids = (table: string, column: string): number[] =>
    rowsOf(context.rows, table).map((row) => idIn(row, column));
  const tables = Object.entries(PERMISSION_TABLES).filter(([key]) => all || !key.endsWith("_organisation"));
  const holders = (sort: "user" | "group"): number[] =>
    tables.flatMap(([key, { table }]) => key.startsWith(`${sort}_`) ? ids(table, `${sort}_id`) : []);
  const groups = new Set([
    ...holders("group"),
    ...ids("features_feature_group_owners", "userpermissiongroup_id"),
    ...(all ? ids("users_userpermissiongroup", "id") : []),
  ]);
  const inGroups = rowsOf(context.rows, "users_userpermissiongroup_users")
    .filter((row) => groups.has(idIn(row, "userpermissiongroup_id"))).map((row) =>
      idIn(row, "ffadminuser_id")
    );
  const users = new Set([
    ...holders("user"),
    ...ids("features_feature_owners", "ffadminuser_id"),
    ...inGroups,
    ...(all ? ids("organisations_userorganisation", "user_id") : []),
  ]);
  return { users, groups };
}

/** Addresses of users by id. */
export function addresses({ rows }: BuildContext): ReadonlyMap<number, string> {
  return new Map(rowsOf(rows, "users_ffadminuser").map((row) => [idIn(row, "id"), textIn(row, "email")]));
}

/** The users, each password a variable. */
export function buildUsers(people: People, context: BuildContext): readonly Entity[] {
  const rows = rowsOf(context.rows, "users_ffadminuser").filter((row) => people.users.has(idIn(row, "id")));
  return distinct("user", rows, (row) => textIn(row, "email"), "", context).map(({ row, name }): Entity => {
    if (row["is_superuser"] !== row["is_staff"]) {
      context.diagnostics.add(
        "FP441",
        undefined,
        `"is_superuser" of user "${name}" differs from "is_staff"; the format has one field for both`,
      );
    }
    const password = row["has_password"] === true
      ? { kind: "variable", name: context.variables.of([name, "password"]) } as const
      : undefined;
    const fields = describe(
      "user",
      row,
      {
        email: given(text(name)),
        password: given(password),
        password_hash: undefined,
      },
      name,
      "",
      context,
    );
    return { kind: "user", name, fields, children: [] };
  });
}

/** The organisation with what belongs to it, but for projects; without `all` only what a project needs of it. */
export function buildOrganisation(row: Row, people: People, all: boolean, context: BuildContext): Entity {
  const name = textIn(row, "name");
  const fields = describe("organisation", row, { name: given(text(name)) }, name, "", context);
  return {
    kind: "organisation",
    name,
    fields: all ? fields : fields.filter(({ path }) => path[0] === "name"),
    children: [
      ...(all ? buildSubscription(context, name) : []),
      ...buildMembers(people, context),
      ...buildGroups(people, name, context),
      ...(all ? buildMasterKeys(name, context) : []),
      ...(all ? buildPermissions("organisation", row, ` in organisation "${name}"`, context) : []),
    ],
  };
}

function buildSubscription(context: BuildContext, organisation: string): readonly Entity[] {
  tellMissingSubscription(organisation, context);
  return rowsOf(context.rows, "organisations_subscription").map((row): Entity => ({
    kind: "subscription",
    name: "",
    fields: describe("subscription", row, {}, organisation, "", context),
    children: [],
  }));
}

function buildMembers(people: People, context: BuildContext): readonly Entity[] {
  const emails = addresses(context);
  return rowsOf(context.rows, "organisations_userorganisation")
    .filter((row) => people.users.has(idIn(row, "user_id")))
    .map((row): Entity => {
      const name = emails.get(idIn(row, "user_id")) ?? "";
      const fields = describe("member", row, { email: given(text(name)) }, name, "", context);
      return { kind: "member", name, fields, children: [] };
    }).sort((a, b) => compareText(a.name, b.name));
}

function buildGroups(people: People, organisation: string, context: BuildContext): readonly Entity[] {
  const where = ` in organisation "${organisation}"`;
  const emails = addresses(context);
  const links = context.below("users_userpermissiongroup_users", "userpermissiongroup_id");
  const rows = rowsOf(context.rows, "users_userpermissiongroup")
    .filter((row) => people.groups.has(idIn(row, "id")));
  return distinct("group", rows, (row) => textIn(row, "name"), where, context).map(
    ({ row, name }): Entity => {
      const members = (links.get(idIn(row, "id")) ?? [])
        .map((link) => ({ email: emails.get(idIn(link, "ffadminuser_id")) ?? "", link }))
        .sort((a, b) => compareText(a.email, b.email))
        .map(({ email, link }) =>
          mapping([["email", text(email)], [
            "group_admin",
            link["group_admin"] === true ? plain(true) : undefined,
          ]])
        );
      const fields = describe(
        "group",
        row,
        {
          name: given(text(name)),
          members: { value: list(members), implied: members.length === 0 },
        },
        name,
        where,
        context,
      );
      return { kind: "group", name, fields, children: [] };
    },
  );
}

function buildMasterKeys(organisation: string, context: BuildContext): readonly Entity[] {
  const where = ` in organisation "${organisation}"`;
  const rows = rowsOf(context.rows, "api_keys_masterapikey").filter((row) => {
    if (row["revoked"] !== true) return true;
    context.diagnostics.add(
      "FP443",
      undefined,
      `${
        titleOf("master_api_key", textIn(row, "name"), where)
      } is revoked and left out: the format knows valid keys only`,
    );
    return false;
  });
  // Master keys have no integer id; the order of their public prefixes is as good as any.
  const sorted = [...rows].sort((a, b) => compareText(textIn(a, "created"), textIn(b, "created")));
  return distinct("master_api_key", sorted, (row) => textIn(row, "name"), where, context).map((
    { row, name },
  ): Entity => {
    const key = { kind: "variable", name: context.variables.of([organisation, name, "key"]) } as const;
    const fields = describe(
      "master_api_key",
      row,
      { name: given(text(name)), key: given(key) },
      name,
      where,
      context,
    );
    return { kind: "master_api_key", name, fields, children: [] };
  });
}
