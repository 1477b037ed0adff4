/** A database role of a test with rights of its own. */
import type { TestDatabase } from "./database.ts";

/** What a role may do. */
export interface Rights {
  /** Rights on every table that exists now. */
  readonly tables: string;
  /** Draw from sequences. */
  readonly sequences?: true;
  /** Make tables in the schema. */
  readonly create?: true;
}

/** The name of a role and the URL by which it connects. */
export interface TestRole {
  readonly name: string;
  readonly url: string;
}

/** Runs `test` with a role that may do nothing but what is said; the schema's default for everybody is revoked first. */
export async function withRole<T>(
  { sql, url, name }: TestDatabase,
  rights: Rights,
  test: (role: TestRole) => Promise<T>,
): Promise<T> {
  const role = `role_${crypto.randomUUID().slice(0, 8)}_${name}`.slice(0, 63);
  await sql.unsafe(`CREATE ROLE "${role}" LOGIN; GRANT USAGE ON SCHEMA public TO "${role}";
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT ${rights.tables} ON ALL TABLES IN SCHEMA public TO "${role}"`);
  if (rights.sequences) await sql.unsafe(`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "${role}"`);
  if (rights.create) await sql.unsafe(`GRANT CREATE ON SCHEMA public TO "${role}"`);
  const own = new URL(url);
  own.username = role;
  try {
    return await test({ name: role, url: own.href });
  } finally {
    await sql.unsafe(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
  }
}
