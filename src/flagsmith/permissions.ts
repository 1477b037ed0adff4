/**
 * The permission keys of Flagsmith 2.265.0 by level, `docs/flagsmith/organisations.md#permission-keys`. Only for checks
 * without a database: an instance knows what its own `permissions_permissionmodel` holds, and an Enterprise image may
 * hold more.
 */

/** What a permission is about. Neither the API nor the database checks that a key belongs to the level of its object. */
export type PermissionLevel = "organisation" | "project" | "environment";

/** The keys of each level. */
export const PERMISSION_KEYS: Readonly<Record<PermissionLevel, readonly string[]>> = {
  organisation: ["CREATE_PROJECT", "MANAGE_USER_GROUPS"],
  project: [
    "VIEW_PROJECT",
    "CREATE_ENVIRONMENT",
    "CREATE_FEATURE",
    "DELETE_FEATURE",
    "MANAGE_SEGMENTS",
    "MANAGE_TAGS",
    "VIEW_AUDIT_LOG",
    "MANAGE_PROJECT_LEVEL_CHANGE_REQUESTS",
    "APPROVE_PROJECT_LEVEL_CHANGE_REQUESTS",
    "CREATE_PROJECT_LEVEL_CHANGE_REQUESTS",
  ],
  environment: [
    "VIEW_ENVIRONMENT",
    "UPDATE_FEATURE_STATE",
    "VIEW_IDENTITIES",
    "MANAGE_IDENTITIES",
    "MANAGE_SEGMENT_OVERRIDES",
    "CREATE_CHANGE_REQUEST",
    "APPROVE_CHANGE_REQUEST",
  ],
};

/** The level that a key belongs to, or undefined for a key that this release does not have. */
export function permissionLevel(key: string): PermissionLevel | undefined {
  const levels: readonly PermissionLevel[] = ["organisation", "project", "environment"];
  return levels.find((level) => PERMISSION_KEYS[level].includes(key));
}
