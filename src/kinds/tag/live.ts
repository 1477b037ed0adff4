/** Where live rows of the kind are, and which columns its fields declare. */
import { idAndUuid, type TableMapping } from "../live.ts";
import type { TagFields } from "./spec.ts";

/** Live rows of the kind. System tags belong to the application. */
export const tagLive: TableMapping<TagFields> = {
  table: "tags_tag",
  match: { columns: [{ column: "label" }] },
  parentColumn: "project_id",
  live: [{ column: "is_system_tag", is: "false" }],
  primaryKey: "id",
  identity: idAndUuid,
  writes: ["tags_tag"],
  columns: ({ label: _label, ...fields }) => fields,
};
