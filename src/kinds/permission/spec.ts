/**
 * The `permissions` list: six kinds, one for each table that Flagsmith keeps them in
 * (`docs/flagsmith/organisations.md#permissions`).
 */
import type * as z from "zod";
import { exactEmail, exactEmailKey } from "../../flagsmith/email.ts";
import { PERMISSION_KEYS, permissionLevel } from "../../flagsmith/permissions.ts";
import { didYouMean } from "../../diagnostics/suggest.ts";
import { bool, email, line, list, mapping, name, optional } from "../fields.ts";
import type { KindSpec } from "../kind.ts";

/** What a permission is given on. */
export type PermissionObject = "organisation" | "project" | "environment";

const permissions = optional(
  list(line({ max: 100, identity: true, doc: "A permission key of the object's level" })),
);
const admin = optional(
  bool("All rights on the object; an organisation's admins are its members of role ADMIN"),
);

const schemas = {
  user: mapping({ user: email("Address of the user"), admin, permissions }),
  group: mapping({ group: name(200, "Name of a group of the organisation"), admin, permissions }),
};

/** What a permission item declares; exactly one holder is set. */
export interface PermissionFields {
  readonly user?: string;
  readonly group?: string;
  readonly admin?: boolean | undefined;
  readonly permissions?: readonly string[] | undefined;
}

/** The name of the kind of permissions of one sort of holder on one sort of object. */
export type PermissionName<H extends string, O extends string> = `${H}_${O}_permission`;

/** True for the six of them. */
export function isPermission(kind: string): boolean {
  return kind.endsWith("_permission");
}

/** The declaration of the permissions of one sort of holder on one sort of object. */
export function permissionSpec<H extends "user" | "group", O extends PermissionObject>(
  holder: H,
  object: O,
): KindSpec<PermissionFields, PermissionName<H, O>> {
  const schema: z.ZodType<PermissionFields> = schemas[holder];
  const key = (text: string): string => (holder === "user" ? exactEmailKey(text) : text);
  return {
    name: `${holder}_${object}_permission`,
    list: "permissions",
    nested: "permissions",
    // Kinds that share the list are told by who holds the right and by the nearest object that is named.
    when: {
      [holder]: true,
      ...(object === "organisation"
        ? { project: false, environment: false }
        : object === "project"
        ? { environment: false }
        : {}),
      [object]: true,
    },
    label: "permission",
    plural: "permissions",
    doc: `What a ${holder} may do in ${object === "project" ? "a" : "an"} ${object}.`,
    example: holder === "user"
      ? `user: admin@example.com\n${
        object === "organisation"
          ? "organisation: Acme Corp"
          : `project: Web App${object === "environment" ? "\nenvironment: Development" : ""}`
      }\npermissions: [${PERMISSION_KEYS[object][0]}]\n`
      : `group: Developers\n${
        object === "organisation"
          ? "organisation: Acme Corp"
          : `project: Web App${object === "environment" ? "\nenvironment: Development" : ""}`
      }\npermissions: [${PERMISSION_KEYS[object][0]}]\n`,
    schema,
    parent: object,
    identity: (fields) => fields.user ?? fields.group ?? "",
    namedBy: [{ path: holder, kind: holder }],
    identityField: holder,
    key,
    ...(holder === "user" ? { stored: exactEmail } : {}),
    references: (fields) => [
      holder === "user"
        ? { path: ["user"], kind: "user", name: fields.user ?? "", scope: "global" }
        : { path: ["group"], kind: "group", name: fields.group ?? "", scope: "organisation" },
    ],
    check: (fields, report) => {
      if (object === "organisation" && fields.admin !== undefined) {
        report(
          { keyAt: ["admin"] },
          "FP116",
          'An organisation has no "admin" permission',
          "Give the user the role ADMIN in members",
        );
      }
      for (const [at, permission] of (fields.permissions ?? []).entries()) {
        const level = permissionLevel(permission);
        const known = PERMISSION_KEYS[object];
        if (level === object) continue;
        const message = level === undefined
          ? `"${permission}" is not a permission of Flagsmith`
          : `"${permission}" is a permission of level ${level}, not ${object}`;
        report(
          ["permissions", at],
          "FP105",
          message,
          didYouMean(permission, known) ??
            `Permissions of ${object === "project" ? "a" : "an"} ${object}: ${known.join(", ")}`,
        );
      }
    },
    content: (fields) => ({
      holder: key(fields.user ?? fields.group ?? ""),
      admin: fields.admin,
      permissions: fields.permissions === undefined ? undefined : [...new Set(fields.permissions)].sort(),
    }),
    preposition: "for",
    line: "parent",
  };
}
