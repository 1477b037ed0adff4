/** Where live rows of the kind are, and which columns its fields declare. */
import { idOnly, type TableMapping } from "../live.ts";
import type { ServerSideEnvironmentKeyFields } from "./spec.ts";

/** Live rows of the kind. */
export const serverSideEnvironmentKeyLive: TableMapping<ServerSideEnvironmentKeyFields> = {
  table: "environments_environmentapikey",
  match: { columns: [{ column: "name" }] },
  parentColumn: "environment_id",
  live: [],
  secretColumns: { key: "secret" },
  primaryKey: "id",
  identity: idOnly,
  writes: ["environments_environmentapikey"],
  columns: ({ active, expires_at }) => ({ active, expires_at }),
};
