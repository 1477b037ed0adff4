/** The kind `server_side_environment_key`. */
import type { Kind } from "../record.ts";
import { type ServerSideEnvironmentKeyFields, serverSideEnvironmentKeySpec } from "./spec.ts";

/** Its record. */
export const serverSideEnvironmentKey: Kind<"server_side_environment_key", ServerSideEnvironmentKeyFields> = {
  spec: serverSideEnvironmentKeySpec,
  nameColumn: "name",
  rotates: "key",
  handsOut: { column: "key" },
  rows: async () => (await import("../all_rows.ts")).serverSideEnvironmentKeyRows,
};
