/** The kinds, in the order of work: rows and lines of output follow it. The only list of them; all others are made of it. */
import { environment } from "./environment/index.ts";
import { feature } from "./feature/index.ts";
import { featureState } from "./feature_state/index.ts";
import { group } from "./group/index.ts";
import { identity } from "./identity/index.ts";
import { identityOverride } from "./identity_override/index.ts";
import { masterApiKey } from "./master_api_key/index.ts";
import { member } from "./member/index.ts";
import { organisation } from "./organisation/index.ts";
import { permission } from "./permission/index.ts";
import { project } from "./project/index.ts";
import { segment } from "./segment/index.ts";
import { segmentOverride } from "./segment_override/index.ts";
import { serverSideEnvironmentKey } from "./server_side_environment_key/index.ts";
import { subscription } from "./subscription/index.ts";
import { tag } from "./tag/index.ts";
import { user } from "./user/index.ts";

/** Every kind. */
export const KINDS = [
  user,
  organisation,
  subscription,
  member,
  group,
  masterApiKey,
  project,
  tag,
  environment,
  segment,
  feature,
  serverSideEnvironmentKey,
  featureState,
  segmentOverride,
  identity,
  identityOverride,
  permission("user", "organisation"),
  permission("group", "organisation"),
  permission("user", "project"),
  permission("group", "project"),
  permission("user", "environment"),
  permission("group", "environment"),
] as const;
