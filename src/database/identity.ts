/** Which database this is: a plan that was made for one must not be carried out on another. */
import { createHash } from "node:crypto";
import type { Ask } from "./ask.ts";
import { ANCHOR, underApplicationPath } from "./begin.ts";
import { query } from "./statement.ts";

/**
 * A fingerprint that two databases share only when one is a file copy of the other: name and number of the database, number
 * of one of Flagsmith's tables, and the moment of the first migration. Nothing of it needs more than SELECT.
 */
export async function databaseIdentity(ask: Ask): Promise<string> {
  const [, first, , answer] = await ask("read the schema", [
    ...underApplicationPath(
      query`SELECT pg_catalog.min(applied)::pg_catalog.text AS migrated FROM django_migrations`,
    ),
    query`SELECT current_database()::text AS name, (SELECT d.oid::text FROM pg_database d WHERE d.datname = current_database()) AS number,
  ${ANCHOR}::text AS "table"`,
  ]);
  const { name, number, table } = answer?.[0] ?? {};
  const migrated = first?.[0]?.["migrated"];
  return createHash("sha256").update(JSON.stringify([name, number, table, migrated])).digest("hex");
}
