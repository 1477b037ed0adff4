/** Where live rows of the kind are, and which columns its fields declare. */
import { sql } from "../../database/statement.ts";
import { STATE_TABLES } from "../state_rows.ts";
import { idAndUuid, NOT_DELETED, type TableMapping } from "../live.ts";
import type { EnvironmentFields } from "./spec.ts";

/** Live rows of the kind. */
export const environmentLive: TableMapping<EnvironmentFields> = {
  table: "environments_environment",
  match: { columns: [{ column: "name" }] },
  parentColumn: "project_id",
  live: [NOT_DELETED],
  primaryKey: "id",
  identity: idAndUuid,
  extra: (table) =>
    sql`(SELECT json_build_object('dynamo', p.enable_dynamo_db, 'persists', o.persist_trait_data) FROM ${
      table("projects_project")
    } p JOIN ${table("organisations_organisation")} o ON o.id = p.organisation_id WHERE p.id = t.project_id)`,
  writes: ["environments_environment", "environments_historicalenvironment", ...STATE_TABLES],
  columns: ({ description, settings }) => {
    const { use_identity_composite_key_for_hashing: hashing, use_v2_feature_versioning: _v2, ...rest } =
      settings ?? {};
    return { ...rest, description: description ?? settings?.description, use_mv_v2_evaluation: hashing };
  },
  // The key is replaced by `rotate` only; versioning is begun and ended by the application itself.
  differsUnwritten: ({ api_key: key, settings }, { row }) =>
    (key !== undefined && key !== row["api_key"]) ||
    (settings?.use_v2_feature_versioning !== undefined &&
      settings.use_v2_feature_versioning !== (row["use_v2_feature_versioning"] === true)),
  fieldNames: { use_mv_v2_evaluation: "use_identity_composite_key_for_hashing" },
};
