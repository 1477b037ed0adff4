/** What users and groups may do on an organisation, a project or an environment. */
import type { Row } from "../../flagsmith/cell.ts";
import { PERMISSION_TABLES } from "../../kinds/permission/live.ts";
import type { PermissionObject } from "../../kinds/permission/spec.ts";
import { type BuildContext, compareText, describe, given } from "./context.ts";
import type { Entity } from "./entity.ts";
import { idIn, textIn } from "../read/rows.ts";
import { list, text } from "./tree.ts";

/** The permissions on one object: users by address, then groups by name, keys in alphabetical order. */
export function buildPermissions(
  object: PermissionObject,
  row: Row,
  where: string,
  context: BuildContext,
): readonly Entity[] {
  return (["user", "group"] as const).flatMap((holder) => {
    const { table, link, owner } = PERMISSION_TABLES[`${holder}_${object}`];
    const [holders, named] = holder === "user"
      ? ["users_ffadminuser", "email"] as const
      : ["users_userpermissiongroup", "name"] as const;
    const byId = context.below(holders, "id");
    const keys = context.below(link, owner);
    return (context.below(table, `${object}_id`).get(idIn(row, "id")) ?? []).map((held): Entity => {
      const name = textIn(byId.get(idIn(held, `${holder}_id`))?.[0] ?? {}, named);
      const keysHeld = (keys.get(idIn(held, "id")) ?? []).map((one) => textIn(one, "permissionmodel_id"))
        .sort(compareText);
      const kind = `${holder}_${object}_permission` as const;
      const fields = describe(
        kind,
        held,
        {
          [holder]: given(text(name)),
          permissions: { value: list(keysHeld.map(text)), implied: keysHeld.length === 0 },
        },
        name,
        where,
        context,
      );
      return { kind, name, fields, children: [] };
    }).sort((a, b) => compareText(a.name, b.name));
  });
}
