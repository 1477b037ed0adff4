/** The registry of kinds, as far as finding and comparing live rows needs it. */
import { environmentLive } from "./environment/live.ts";
import { featureLive } from "./feature/live.ts";
import { groupLive } from "./group/live.ts";
import type { KindName } from "./kind.ts";
import type { AnyLiveSpec } from "./live.ts";
import { masterApiKeyLive } from "./master_api_key/live.ts";
import { memberLive } from "./member/live.ts";
import { organisationLive } from "./organisation/live.ts";
import { identityLive } from "./identity/live.ts";
import { featureStateLive } from "./feature_state/live.ts";
import { segmentOverrideLive } from "./segment_override/live.ts";
import { identityOverrideLive } from "./identity_override/live.ts";
import { permissionLive } from "./permission/live.ts";
import { projectLive } from "./project/live.ts";
import { serverSideEnvironmentKeyLive } from "./server_side_environment_key/live.ts";
import { tagLive } from "./tag/live.ts";
import { segmentLive } from "./segment/live.ts";
import { subscriptionLive } from "./subscription/live.ts";
import { userLive } from "./user/live.ts";

/** Every kind's live declaration, by name. */
export const LIVES: { readonly [K in KindName]: AnyLiveSpec } = {
  user: userLive,
  organisation: organisationLive,
  subscription: subscriptionLive,
  member: memberLive,
  group: groupLive,
  master_api_key: masterApiKeyLive,
  project: projectLive,
  tag: tagLive,
  environment: environmentLive,
  segment: segmentLive,
  feature: featureLive,
  server_side_environment_key: serverSideEnvironmentKeyLive,
  feature_state: featureStateLive,
  segment_override: segmentOverrideLive,
  identity: identityLive,
  identity_override: identityOverrideLive,
  user_organisation_permission: permissionLive("user", "organisation"),
  group_organisation_permission: permissionLive("group", "organisation"),
  user_project_permission: permissionLive("user", "project"),
  group_project_permission: permissionLive("group", "project"),
  user_environment_permission: permissionLive("user", "environment"),
  group_environment_permission: permissionLive("group", "environment"),
};
