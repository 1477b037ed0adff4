/** Which database this is: a plan that was made for one must not be carried out on another. */
import { createHash } from "node:crypto";
import type { Ask } from "./ask.ts";
import { query } from "./statement.ts";

/**
 * A fingerprint that two databases share only when one is a file copy of the other: name and number of the database, number
 * of one of Flagsmith's tables, and the moment of the first migration. Nothing of it needs more than SELECT.
 */
export async function databaseIdentity(ask: Ask): Promise<string> {
  const [answer] = await ask("read the schema", [
    query`SELECT current_database()::text AS name, (SELECT d.oid::text FROM pg_database d WHERE d.datname = current_database()) AS number,
  to_regclass('organisations_organisation')::oid::text AS "table", (SELECT min(applied)::text FROM django_migrations) AS migrated`,
  ]);
  const { name, number, table, migrated } = answer?.[0] ?? {};
  return createHash("sha256").update(JSON.stringify([name, number, table, migrated])).digest("hex");
}
