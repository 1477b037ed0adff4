/** What the record does not say of the export of members. */
import type { KindExport } from "../exported.ts";

/** Members are exported with their users. */
export const memberExport: KindExport = {
  leadsTo: [{ kind: "user", table: "organisations_userorganisation", column: "user_id" }],
  neededFor: { kind: "user", column: "user_id" },
};
