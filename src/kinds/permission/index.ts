/** The kinds `user_organisation_permission` to `group_environment_permission`: a table for each sort of holder and object. */
import { allExports, allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type PermissionFields, type PermissionName, type PermissionObject, permissionSpec } from "./spec.ts";

/** The record of one of them. */
export function permission<H extends "user" | "group", O extends PermissionObject>(
  holder: H,
  object: O,
): Kind<PermissionName<H, O>, PermissionFields> {
  return {
    spec: permissionSpec(holder, object),
    rows: async () => (await allRows()).permissionRows(holder, object),
    exported: async () => (await allExports()).permissionExport(holder, object),
  };
}
