/** The registry of kinds, as far as writing rows needs it. */
import { environmentRows } from "./environment/rows.ts";
import { featureRows } from "./feature/rows.ts";
import { groupRows } from "./group/rows.ts";
import type { KindName } from "./kind.ts";
import { masterApiKeyRows } from "./master_api_key/rows.ts";
import { memberRows } from "./member/rows.ts";
import { organisationRows } from "./organisation/rows.ts";
import { identityRows } from "./identity/rows.ts";
import { featureStateRows } from "./feature_state/rows.ts";
import { segmentOverrideRows } from "./segment_override/rows.ts";
import { identityOverrideRows } from "./identity_override/rows.ts";
import { permissionRows } from "./permission/rows.ts";
import { projectRows } from "./project/rows.ts";
import { serverSideEnvironmentKeyRows } from "./server_side_environment_key/rows.ts";
import { tagRows } from "./tag/rows.ts";
import type { KindRows } from "./rows.ts";
import { segmentRows } from "./segment/rows.ts";
import type { AnyFields } from "./specs.ts";
import { subscriptionRows } from "./subscription/rows.ts";
import { userRows } from "./user/rows.ts";

/** Every kind's row functions, by name. */
export const ROWS: { readonly [K in KindName]: KindRows<AnyFields> } = {
  user: userRows,
  organisation: organisationRows,
  subscription: subscriptionRows,
  member: memberRows,
  group: groupRows,
  master_api_key: masterApiKeyRows,
  project: projectRows,
  tag: tagRows,
  environment: environmentRows,
  segment: segmentRows,
  feature: featureRows,
  server_side_environment_key: serverSideEnvironmentKeyRows,
  feature_state: featureStateRows,
  segment_override: segmentOverrideRows,
  identity: identityRows,
  identity_override: identityOverrideRows,
  user_organisation_permission: permissionRows("user", "organisation"),
  group_organisation_permission: permissionRows("group", "organisation"),
  user_project_permission: permissionRows("user", "project"),
  group_project_permission: permissionRows("group", "project"),
  user_environment_permission: permissionRows("user", "environment"),
  group_environment_permission: permissionRows("group", "environment"),
};
