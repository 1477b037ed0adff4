/** Rows of a permission: the holder's on the object, and one a key (`docs/flagsmith/organisations.md#permissions`). */
import { linkChanges, liveLinks } from "../link_live_rows.ts";
import { type KindRows, parentOf, updateOwn } from "../rows.ts";
import { PERMISSION_TABLES, permissionLive } from "./live.ts";
import type { PermissionFields, PermissionObject } from "./spec.ts";

/** Writes one sort of permission. */
export function permissionRows(
  holder: "user" | "group",
  object: PermissionObject,
): KindRows<PermissionFields> {
  const { table, link, owner } = PERMISSION_TABLES[`${holder}_${object}`];
  return {
    mapping: permissionLive(holder, object),
    samples: {
      [table]: {
        id: 0,
        ...(object === "organisation" ? {} : { admin: false }),
        [`${object}_id`]: 0,
        [`${holder}_id`]: 0,
      },
    },
    create(fields, resource, { batch, idOf }) {
      const who = resource.references.get(holder);
      if (who === undefined) throw new TypeError("Cannot write a permission without its holder");
      const id = batch.newId(table);
      const row = batch.insert(table, {
        id,
        ...(object === "organisation" ? {} : { admin: fields.admin ?? false }),
        [`${object}_id`]: idOf(parentOf(resource)),
        [`${holder}_id`]: idOf(who),
      });
      for (const key of [...new Set(fields.permissions ?? [])].sort()) {
        batch.insert(link, { id: batch.newId(link), [owner]: id, permissionmodel_id: key });
      }
      return { id, row };
    },
    update(fields, _resource, live, after, context) {
      const { batch } = context;
      if (Object.keys(after).length > 0) updateOwn(table, live, after, context);
      if (fields.permissions === undefined) return;
      const wanted = fields.permissions.toSorted();
      const { added, removed } = linkChanges(wanted, liveLinks(live.extra, "permissions"));
      for (const { id, target } of removed) {
        batch.remove(link, { id }, { id, [owner]: live.id, permissionmodel_id: target });
      }
      for (const at of added) {
        const key = wanted[at] ?? "";
        batch.insert(link, { id: batch.newId(link), [owner]: live.id, permissionmodel_id: key });
      }
    },
  };
}
