/** The rights that looking at the log and at what it is beside may need. */
import { Needs } from "../database/needs.ts";
import type { MayNeed } from "../database/session.ts";
import { LOG_TABLE } from "./table.ts";

/** What every look at a database of Flagsmith reads, the log included. */
export function headNeeds(): Needs {
  return new Needs().add("django_migrations", "SELECT").add(LOG_TABLE, "SELECT");
}

/** Needs of a command that only reads, whatever the database holds. */
export function readingNeeds(looks: Needs): MayNeed {
  return () => Promise.resolve({ looks, removing: new Needs(), writing: new Needs(), creates: undefined });
}
