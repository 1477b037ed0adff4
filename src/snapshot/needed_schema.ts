/** Tables and columns that the program needs and that the live schema lacks: renamed or removed by a release it does not know. */
import type { Catalog } from "../database/catalog.ts";
import { EXIT, ProvisionError } from "../diagnostics/error.ts";
import { isExpected } from "../flagsmith/releases.ts";

/**
 * Throws with exit code 78, naming them, when tables or columns are missing that the release of the database should have.
 * `known` gives, per table that was asked for, the columns that the program reads and fills.
 */
export function checkNeeded(catalog: Catalog, known: ReadonlyMap<string, readonly string[]>): void {
  const missing = [...known].flatMap(([table, columns]): readonly string[] => {
    if (!isExpected(table, undefined, catalog.level)) return [];
    const live = catalog.tables.get(table);
    if (live === undefined) return [`table ${table}`];
    return columns.filter((column) => !live.has(column) && isExpected(table, column, catalog.level))
      .map((column) => `column ${table}.${column}`);
  });
  if (missing.length === 0) return;
  throw new ProvisionError(
    "FP437",
    EXIT.schema,
    `The database lacks what this release needs: ${missing.join(", ")}`,
    `A newer Flagsmith (${catalog.release}) may have renamed or removed it; use a newer flagsmith-provision. Nothing was changed`,
  );
}
