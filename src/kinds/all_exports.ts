/** What kinds export beside their own tables, as one module, as in `all_rows.ts`. */
export { featureExport } from "./feature/export.ts";
export { groupExport } from "./group/export.ts";
export { identityExport } from "./identity/export.ts";
export { masterApiKeyExport } from "./master_api_key/export.ts";
export { memberExport } from "./member/export.ts";
export { permissionExport } from "./permission/export.ts";
export { segmentExport } from "./segment/export.ts";
export { subscriptionExport } from "./subscription/export.ts";
export { userExport } from "./user/export.ts";
