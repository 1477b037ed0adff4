/** What the record does not say of the export of master API keys. */
import { textIn } from "../../flagsmith/cell.ts";
import { compareText, type KindExport } from "../exported.ts";

/** Revoked keys are left out. */
export const masterApiKeyExport: KindExport = {
  select: (rows, where, { report }) =>
    rows.filter((row) => {
      if (row["revoked"] !== true) return true;
      report(
        "FP443",
        `Master API key "${
          textIn(row, "name")
        }"${where} is revoked and left out: the format knows valid keys only`,
      );
      return false;
      // Their ids are texts, which tell nothing of their age.
    }).sort((a, b) => compareText(textIn(a, "created"), textIn(b, "created"))),
};
