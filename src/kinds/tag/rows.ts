/** Rows of a tag: one (`docs/flagsmith/projects.md#tags`). */
import { tagRow } from "../../flagsmith/models/projects.ts";
import { declared, type KindRows, parentOf, updateOwn } from "../rows.ts";
import { tagLive } from "./live.ts";
import type { TagFields } from "./spec.ts";

/** Writes tags. */
export const tagRows: KindRows<TagFields> = {
  mapping: tagLive,
  samples: {
    tags_tag: tagRow({ id: 0, label: "", project: 0, uuid: "" }),
  },
  create(fields, resource, { batch, uuid, idOf, defaults }) {
    const id = batch.newId("tags_tag");
    const row = tagRow({ id, label: fields.label, project: idOf(parentOf(resource)), uuid: uuid() });
    const wished = { ...defaults("tags_tag"), ...declared(tagLive.columns(fields)) };
    return { id, row: batch.insert("tags_tag", { ...row, ...wished }) };
  },
  update(_fields, _resource, live, after, context) {
    updateOwn("tags_tag", live, after, context);
  },
};
