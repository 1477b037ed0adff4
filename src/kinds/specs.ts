/** The registry of kinds, as far as reading files needs it. */
import { KIND_NAMES, type KindName, type KindSpec } from "./kind.ts";
import { environmentSpec } from "./environment/spec.ts";
import { featureSpec } from "./feature/spec.ts";
import { groupSpec } from "./group/spec.ts";
import { masterApiKeySpec } from "./master_api_key/spec.ts";
import { memberSpec } from "./member/spec.ts";
import { organisationSpec } from "./organisation/spec.ts";
import { identitySpec } from "./identity/spec.ts";
import { featureStateSpec } from "./feature_state/spec.ts";
import { segmentOverrideSpec } from "./segment_override/spec.ts";
import { identityOverrideSpec } from "./identity_override/spec.ts";
import { permissionSpec } from "./permission/spec.ts";
import { projectSpec } from "./project/spec.ts";
import { serverSideEnvironmentKeySpec } from "./server_side_environment_key/spec.ts";
import { tagSpec } from "./tag/spec.ts";
import { segmentSpec } from "./segment/spec.ts";
import { subscriptionSpec } from "./subscription/spec.ts";
import { userSpec } from "./user/spec.ts";

/** Every kind's declaration, by name. */
export const SPECS = {
  user: userSpec,
  organisation: organisationSpec,
  subscription: subscriptionSpec,
  member: memberSpec,
  group: groupSpec,
  master_api_key: masterApiKeySpec,
  project: projectSpec,
  tag: tagSpec,
  environment: environmentSpec,
  segment: segmentSpec,
  feature: featureSpec,
  server_side_environment_key: serverSideEnvironmentKeySpec,
  feature_state: featureStateSpec,
  segment_override: segmentOverrideSpec,
  identity: identitySpec,
  identity_override: identityOverrideSpec,
  user_organisation_permission: permissionSpec("user", "organisation"),
  group_organisation_permission: permissionSpec("group", "organisation"),
  user_project_permission: permissionSpec("user", "project"),
  group_project_permission: permissionSpec("group", "project"),
  user_environment_permission: permissionSpec("user", "environment"),
  group_environment_permission: permissionSpec("group", "environment"),
} as const;

/** The fields that an item of kind `K` declares. */
export type FieldsOf<K extends KindName> = (typeof SPECS)[K] extends KindSpec<infer F> ? F : never;

/** The union of what items may declare. */
export type AnyFields = FieldsOf<KindName>;

/** The same registry, for code that treats all kinds alike. */
export const ALL_SPECS: { readonly [K in KindName]: KindSpec<AnyFields> } = SPECS;

/** The kinds above a kind, nearest first: of an environment, project and organisation. */
export function ancestorsOf(kind: KindName): readonly KindName[] {
  const parent = ALL_SPECS[kind].parent;
  return parent === undefined ? [] : [parent, ...ancestorsOf(parent)];
}

/** The kinds that may be nested in a kind. */
export function childKindsOf(kind: KindName): readonly KindName[] {
  return KIND_NAMES.filter((name) => ALL_SPECS[name].parent === kind && ALL_SPECS[name].nested !== undefined);
}
