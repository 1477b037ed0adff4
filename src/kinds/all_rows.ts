/**
 * The rows of all kinds, as one module: a run that needs those of one kind needs most of them (decision 34).
 */
export { environmentRows } from "./environment/rows.ts";
export { featureRows } from "./feature/rows.ts";
export { featureStateRows } from "./feature_state/rows.ts";
export { groupRows } from "./group/rows.ts";
export { identityRows } from "./identity/rows.ts";
export { identityOverrideRows } from "./identity_override/rows.ts";
export { masterApiKeyRows } from "./master_api_key/rows.ts";
export { memberRows } from "./member/rows.ts";
export { organisationRows } from "./organisation/rows.ts";
export { permissionRows } from "./permission/rows.ts";
export { projectRows } from "./project/rows.ts";
export { segmentRows } from "./segment/rows.ts";
export { segmentOverrideRows } from "./segment_override/rows.ts";
export { serverSideEnvironmentKeyRows } from "./server_side_environment_key/rows.ts";
export { subscriptionRows } from "./subscription/rows.ts";
export { tagRows } from "./tag/rows.ts";
export { userRows } from "./user/rows.ts";
