/** The whole way of an export: rows are read, told as entities, and printed. */
import type { Ask } from "../database/ask.ts";
import { Needs } from "../database/needs.ts";
import type { MayNeed } from "../database/session.ts";
import type { Graph } from "../graph/resource.ts";
import { publicCatalog } from "../log/catalog.ts";
import { lookNeeds } from "../snapshot/look_needs.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { buildExport } from "./build/build.ts";
import type { Export } from "./build/entity.ts";
import { exportNeeds, readLiveRows } from "./read/read.ts";
import { type LiveRows, rowsOf } from "./read/rows.ts";
import type { Selection } from "./read/scope.ts";

/**
 * Reads an organisation, or one project of it, and tells it as entities. What the format cannot express is in `diagnostics`
 * afterwards. Throws when there is no such organisation or project, or more than one.
 */
export async function exportOrganisation(
  ask: Ask,
  selection: Selection,
  diagnostics: Diagnostics,
): Promise<Export> {
  const rows = await readLiveRows(ask, selection);
  refuseUnclear(rows, "organisations_organisation", `organisation "${selection.organisation}"`);
  if (selection.project !== undefined) {
    refuseUnclear(
      rows,
      "projects_project",
      `project "${selection.project}" in organisation "${selection.organisation}"`,
    );
  }
  return buildExport(rows, selection.project !== undefined, diagnostics);
}

/** What exporting may need, into files that declare a graph if there are any. */
export function exportingNeeds(selection: Selection, files: Graph | undefined): MayNeed {
  return async (read) => {
    const catalog = await publicCatalog(read);
    const looks = await exportNeeds(read, catalog, selection);
    if (files !== undefined) looks.addAll(lookNeeds(files, catalog));
    return { looks, removing: new Needs(), writing: new Needs(), creates: undefined };
  };
}

function refuseUnclear(rows: LiveRows, table: string, what: string): void {
  const found = rowsOf(rows, table);
  if (found.length === 1) return;
  if (found.length === 0) {
    throw new ProvisionError(
      "FP446",
      EXIT.failed,
      `There is no ${what}`,
      "Names are compared as they are, case included",
    );
  }
  throw new ProvisionError(
    "FP447",
    EXIT.failed,
    `The database holds ${found.length} live rows for ${what}: ${table} id ${
      found.map((row) => String(row["id"])).join(", ")
    }`,
    "Rename or remove one of them; the tool does not guess",
  );
}
