/** A state of a database to come back to, again and again: much faster than a database for each case. */
import { type Dump, dumpTables, sequences, type SequenceState } from "./dump.ts";
import type { TestDatabase } from "./database.ts";

/** Everything in the public schema that is not a row: names of tables, sequences, indexes, functions, triggers, and rights. */
export async function schemaObjects({ sql }: TestDatabase): Promise<readonly string[]> {
  const rows = await sql<{ name: string }[]>`
    select 'class ' || c.relname || ' ' || coalesce(c.relacl::text, '') || ' ' || coalesce(obj_description(c.oid, 'pg_class'), '') as name
    from pg_class c where c.relnamespace = 'public'::regnamespace
    union all select 'function ' || p.proname || ' ' || md5(p.prosrc) from pg_proc p where p.pronamespace = 'public'::regnamespace
    union all select 'trigger ' || t.tgname || ' ' || t.tgrelid::regclass::text from pg_trigger t where not t.tgisinternal
    order by 1`;
  return rows.map((row) => row.name);
}

/** A kept state. */
export interface KeptState {
  readonly dump: Dump;
  readonly objects: readonly string[];
  /** Puts back all rows, and the sequences; drops a log that was not there. `now` is what the database holds. */
  restore(now: Dump): Promise<void>;
  /** Puts back the sequences only, but for the log's own: drawn ids do not come back by a roll-back. */
  restoreSequences(): Promise<void>;
}

/** Keeps the state of a database, in a schema of its own beside the public one. */
export async function keepState(database: TestDatabase): Promise<KeptState> {
  const { sql } = database;
  const dump = await dumpTables(sql);
  const objects = await schemaObjects(database);
  const drawn = await sequences(sql);
  await sql.unsafe(`drop schema if exists kept cascade; create schema kept`);
  await sql.begin((transaction) =>
    transaction.unsafe(
      [...dump].filter(([, rows]) => rows.length > 0)
        .map(([table]) => `create table kept."${table}" as table public."${table}"`).join("; "),
    )
  );
  const setSequences = (states: Iterable<[string, SequenceState]>): string =>
    [...states].map(([name, { lastValue, isCalled }]) =>
      `select setval('public."${name}"', ${lastValue}, ${isCalled})`
    ).join("; ");
  return {
    dump,
    objects,
    async restore(now) {
      const statements = ["set local session_replication_role = replica"];
      for (const [table, rows] of now) {
        const before = dump.get(table);
        if (before === undefined) {
          statements.push(`drop table public."${table}" cascade`);
        } else if (JSON.stringify(rows) !== JSON.stringify(before)) {
          statements.push(`delete from public."${table}"`);
          if (before.length > 0) {
            statements.push(
              `insert into public."${table}" overriding system value select * from kept."${table}"`,
            );
          }
        }
      }
      if (!dump.has("provisioning_log")) {
        statements.push("drop function if exists public.provisioning_log_refuse cascade");
      }
      await sql.begin((transaction) => transaction.unsafe(statements.join("; ")));
      await sql.unsafe(setSequences(drawn));
    },
    async restoreSequences() {
      await sql.unsafe(setSequences([...drawn].filter(([name]) => !name.startsWith("provisioning_log"))));
    },
  };
}
