/** Where live rows of the kind are, and which columns its fields declare. */
import { sql } from "../../database/statement.ts";
import { idAndUuid, NOT_DELETED, type TableMapping } from "../live.ts";
import type { ProjectFields } from "./spec.ts";

/** Live rows of the kind. */
export const projectLive: TableMapping<ProjectFields> = {
  table: "projects_project",
  match: { columns: [{ column: "name" }] },
  parentColumn: "organisation_id",
  live: [NOT_DELETED],
  primaryKey: "id",
  identity: idAndUuid,
  extra: (table) =>
    sql`(SELECT json_build_object('dynamo', t.enable_dynamo_db, 'persists', o.persist_trait_data) FROM ${
      table("organisations_organisation")
    } o WHERE o.id = t.organisation_id)`,
  writes: ["projects_project"],
  columns: ({ settings }) => ({ ...settings }),
};
