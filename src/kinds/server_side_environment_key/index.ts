/** The kind `server_side_environment_key`. */
import { allRows } from "../loaded_late.ts";
import type { Kind } from "../record.ts";
import { type ServerSideEnvironmentKeyFields, serverSideEnvironmentKeySpec } from "./spec.ts";

/** Its record. */
export const serverSideEnvironmentKey: Kind<"server_side_environment_key", ServerSideEnvironmentKeyFields> = {
  spec: serverSideEnvironmentKeySpec,
  nameColumn: "name",
  rotates: "key",
  handsOut: { column: "key" },
  rows: async () => (await allRows()).serverSideEnvironmentKeyRows,
};
