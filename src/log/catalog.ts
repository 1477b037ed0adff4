/** The look at the schema that every command begins with: Flagsmith's tables and the log. */
import { catalogStatements as statements } from "../database/catalog.ts";
import type { Statement } from "../database/statement.ts";
import { LOG_TABLE } from "./table.ts";

/** Statements that read the catalog; `readCatalog` takes their answers. */
export function catalogStatements(tables: readonly string[]): readonly Statement[] {
  return statements(tables, LOG_TABLE);
}
