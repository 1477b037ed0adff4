/** Where live rows of the kind are, and which columns its fields declare. */
import { idAndUuid, type TableMapping } from "../live.ts";
import type { ProjectFields } from "./spec.ts";

/** Live rows of the kind. */
export const projectLive: TableMapping<ProjectFields> = {
  table: "projects_project",
  match: "t.name",
  parentColumn: "organisation_id",
  live: "t.deleted_at IS NULL",
  primaryKey: "id",
  identity: idAndUuid,
  extra: (from) =>
    `(SELECT json_build_object('dynamo', t.enable_dynamo_db, 'persists', o.persist_trait_data)
    FROM ${from("organisations_organisation")} o WHERE o.id = t.organisation_id)`,
  writes: ["projects_project"],
  columns: ({ settings }) => ({ ...settings }),
};
