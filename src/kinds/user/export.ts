/** What the record does not say of the export of users. */
import type { ExportedRow, KindExport, Told } from "../exported.ts";

/** Users stand outside of the organisation; those are exported that something in it leads to. */
export const userExport: KindExport = {
  neededFor: { kind: "user", column: "id" },
  tell({ row, name }: ExportedRow, { report }): Told {
    if (row["is_superuser"] !== row["is_staff"]) {
      report(
        "FP441",
        `"is_superuser" of user "${name}" differs from "is_staff"; the format has one field for both`,
      );
    }
    return { fields: { password_hash: undefined } };
  },
};
