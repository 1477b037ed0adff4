/** Where live rows of the kind are, and which columns its fields declare. */
import { idAndUuid, type LiveSpec } from "../live.ts";
import type { ProjectFields } from "./spec.ts";

/** Live rows of the kind. */
export const projectLive: LiveSpec<ProjectFields> = {
  table: "projects_project",
  match: "t.name",
  parentColumn: "organisation_id",
  live: "t.deleted_at IS NULL",
  primaryKey: "id",
  identity: idAndUuid,
  writes: ["projects_project"],
  columns: ({ settings }) => ({ ...settings }),
};
