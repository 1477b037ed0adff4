/** What the record does not say of the export of groups: their members. */
import { idIn, textIn } from "../../flagsmith/cell.ts";
import { compareText, type ExportedRow, type KindExport, type Told } from "../exported.ts";
import { list, mapping, plain, text, type Tree } from "../value_tree.ts";

const LINKS = "users_userpermissiongroup_users";
const OWNER = "userpermissiongroup_id";

/** Groups with their members. */
export const groupExport: KindExport = {
  related: [{ table: LINKS, column: OWNER }],
  leadsTo: [{ kind: "user", table: LINKS, column: "ffadminuser_id", owner: OWNER }],
  neededFor: { kind: "group", column: "id" },
  tell({ row }: ExportedRow, { below }): Told {
    const users = below("users_ffadminuser", "id");
    const links = (below(LINKS, OWNER).get(idIn(row, "id")) ?? [])
      .map((link) => ({ email: textIn(users.get(idIn(link, "ffadminuser_id"))?.[0] ?? {}, "email"), link }))
      .sort((a, b) => compareText(a.email, b.email));
    const members = (isImplied: boolean): Tree =>
      list(links.map(({ email, link }) => {
        const isAdmin = link["group_admin"] === true;
        return mapping([["email", text(email)], [
          "group_admin",
          isAdmin || !isImplied ? plain(isAdmin) : undefined,
        ]]);
      }));
    return {
      fields: { members: { value: members(true), full: members(false), implied: links.length === 0 } },
    };
  },
};
