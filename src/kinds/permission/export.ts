/** What the records do not say of the export of permissions: their keys. */
import { idIn, textIn } from "../../flagsmith/cell.ts";
import { compareText, type ExportedRow, type KindExport, type Told } from "../exported.ts";
import { list, text } from "../value_tree.ts";
import { PERMISSION_TABLES } from "./live.ts";
import type { PermissionObject } from "./spec.ts";

/** What users or groups may do on an object, keys in alphabetical order. */
export function permissionExport(holder: "user" | "group", object: PermissionObject): KindExport {
  const { table, link, owner } = PERMISSION_TABLES[`${holder}_${object}`];
  return {
    related: [{ table: link, column: owner }],
    leadsTo: [{ kind: holder, table, column: `${holder}_id` }],
    tell({ row }: ExportedRow, { below }): Told {
      const keys = (below(link, owner).get(idIn(row, "id")) ?? [])
        .map((one) => textIn(one, "permissionmodel_id")).sort(compareText);
      return { fields: { permissions: { value: list(keys.map(text)), implied: keys.length === 0 } } };
    },
  };
}
