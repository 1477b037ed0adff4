/** The look at the schema that every command begins with: Flagsmith's tables and the log. */
import {
  type Catalog,
  catalogStatements as statements,
  publicCatalog as catalogForAll,
} from "../database/catalog.ts";
import type { Read } from "../database/session.ts";
import type { Statement } from "../database/statement.ts";
import { LOG_TABLE } from "./table.ts";

/** Statements that read the catalog; `readCatalog` takes their answers. */
export function catalogStatements(tables: readonly string[]): readonly Statement[] {
  return statements(tables, LOG_TABLE);
}

/** What everybody may read of the catalog, of all tables. */
export async function publicCatalog(read: Read): Promise<Catalog> {
  return await catalogForAll(read, LOG_TABLE);
}
