/** Where the log is and whether this release understands it: what every command asks that only reads or keeps the log. */
import { ProvisionError } from "../diagnostics/error.ts";
import { type Catalog, readCatalog } from "../database/catalog.ts";
import { catalogStatements } from "./catalog.ts";
import { checkLogVersion } from "./table.ts";
import type { Ask } from "../database/ask.ts";
import type { Answer } from "../database/session.ts";

/** Reads the head of the catalog; throws with exit code 78 without Flagsmith's tables and for a newer log. */
export async function readLogHead(ask: Ask): Promise<Catalog> {
  const catalog = readCatalog(await askForHead(ask));
  checkLogVersion(catalog.logVersion);
  return catalog;
}

async function askForHead(ask: Ask): Promise<readonly (readonly Answer[])[]> {
  try {
    return await ask("read the schema", catalogStatements([]));
  } catch (error) {
    // Without Django's own table of migrations the statement cannot even be parsed: there is no Flagsmith here.
    if (error instanceof ProvisionError && error.code === "FP409") return [];
    throw error;
  }
}
