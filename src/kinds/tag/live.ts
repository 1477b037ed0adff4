/** Where live rows of the kind are, and which columns its fields declare. */
import { idAndUuid, type TableMapping } from "../live.ts";
import type { TagFields } from "./spec.ts";

/** Live rows of the kind. System tags belong to the application. */
export const tagLive: TableMapping<TagFields> = {
  table: "tags_tag",
  match: "t.label",
  parentColumn: "project_id",
  live: "NOT t.is_system_tag",
  primaryKey: "id",
  identity: idAndUuid,
  writes: ["tags_tag"],
  columns: ({ label: _label, ...fields }) => fields,
};
