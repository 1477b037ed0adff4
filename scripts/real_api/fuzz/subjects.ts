/** Everything that is drawn; what has the most rules stands more than once. */
import { feature, option, state } from "./subjects/feature.ts";
import { identity } from "./subjects/identity.ts";
import { group, masterKey, organisation, serverKey, user } from "./subjects/organisation.ts";
import { identityOverride, segmentOverride } from "./subjects/override.ts";
import { environment, project, tag } from "./subjects/project.ts";
import { segment } from "./subjects/segment.ts";
import type { Subject } from "./trial.ts";

/** One is picked for each draw. */
export const SUBJECTS: readonly Subject[] = [
  segment,
  segment,
  segment,
  feature,
  feature,
  state,
  option,
  environment,
  project,
  tag,
  group,
  identity,
  segmentOverride,
  identityOverride,
  organisation,
  user,
  masterKey,
  serverKey,
];
