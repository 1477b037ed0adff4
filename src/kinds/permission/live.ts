/** Where live permissions are: a table for each sort of holder and object, and one that links it to keys. */
import { sql } from "../../database/statement.ts";
import { linksChange, linksOf, liveLinks } from "../link_live_rows.ts";
import { idOnly, type TableMapping } from "../live.ts";
import type { PermissionFields, PermissionObject } from "./spec.ts";

/**
 * The tables of one sort of permission (`docs/flagsmith/organisations.md#permissions`); the odd endings are Django's
 * shortening of long names.
 */
export const PERMISSION_TABLES = {
  user_organisation: {
    table: "organisation_permissions_userorganisationpermission",
    link: "organisation_permissions_userorganisationpermission_permissions",
    owner: "userorganisationpermission_id",
  },
  group_organisation: {
    table: "organisation_permissions_userpermissiongrouporganisationperbee4",
    link: "organisation_permissions_userpermissiongrouporganisationper792d",
    owner: "userpermissiongrouporganisationpermission_id",
  },
  user_project: {
    table: "projects_userprojectpermission",
    link: "projects_userprojectpermission_permissions",
    owner: "userprojectpermission_id",
  },
  group_project: {
    table: "projects_userpermissiongroupprojectpermission",
    link: "projects_userpermissiongroupprojectpermission_permissions",
    owner: "userpermissiongroupprojectpermission_id",
  },
  user_environment: {
    table: "environments_userenvironmentpermission",
    link: "environments_userenvironmentpermission_permissions",
    owner: "userenvironmentpermission_id",
  },
  group_environment: {
    table: "environments_userpermissiongroupenvironmentpermission",
    link: "environments_userpermissiongroupenvironmentpermission_permia538",
    owner: "userpermissiongroupenvironmentpermission_id",
  },
} as const;

/** Live rows of one sort of permission. */
export function permissionLive(
  holder: "user" | "group",
  object: PermissionObject,
): TableMapping<PermissionFields> {
  const { table, link, owner } = PERMISSION_TABLES[`${holder}_${object}`];
  return {
    table,
    joins: [
      holder === "user"
        ? { table: "users_ffadminuser", as: "h", column: "id", equals: { column: "user_id" } }
        : { table: "users_userpermissiongroup", as: "h", column: "id", equals: { column: "group_id" } },
    ],
    match: holder === "user"
      ? { columns: [{ of: "h", column: "email" }], ignoresCase: true }
      : { columns: [{ of: "h", column: "name" }] },
    parentColumn: `${object}_id`,
    live: [],
    primaryKey: "id",
    identity: idOnly,
    writes: [table, link],
    removes: [link],
    extra: (table) =>
      sql`json_build_object('permissions', ${linksOf(table, link, owner, "permissionmodel_id", undefined)})`,
    differs: (fields, live) => {
      if (fields.permissions === undefined) return [];
      const wanted = { names: fields.permissions, targets: fields.permissions };
      return linksChange("permissions", wanted, liveLinks(live.extra, "permissions"));
    },
    columns: (fields) => (object === "organisation" ? {} : { admin: fields.admin }),
  };
}
