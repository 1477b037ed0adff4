/** Many processes at once: how many, a start line for them, and what must come of it. */
import assert from "node:assert/strict";
import type { TestDatabase } from "./database.ts";
import { dumpTables } from "./dump.ts";
import { type Ended, ended, start } from "./program.ts";

const FULL = Deno.env.get("FULL_TESTS") === "1";

/** How many processes race; `test:full` asks for more. */
export const CROWDS: readonly number[] = FULL ? [2, 8, 20, 50] : [8];
/** How often each race is run; `test:full` asks for more. */
export const ROUNDS = FULL ? 10 : 1;

/** The same key as the tool's own lock. */
const LOCK =
  "hashtextextended('flagsmith-provision ' || current_database() || ' ' || coalesce(to_regclass('organisations_organisation')::oid::text, ''), 0)";

/** How a race ended. */
export interface Race {
  readonly results: readonly Ended[];
  /** How many processes stood at the lock when it was released. */
  readonly waiting: number;
}

/**
 * Starts a process for each list of arguments while somebody else holds the tool's lock, and releases it when `waiting`
 * processes stand there, or when all have ended without it.
 */
export async function race(
  database: TestDatabase,
  commands: readonly (readonly string[])[],
  waiting: number,
  url = database.url,
): Promise<Race> {
  const running = Promise.all(
    commands.map((args) => ended(start(args, { env: { DATABASE_URL: url } }))),
  );
  const waited = await barrier(database, waiting, running);
  return { results: await running, waiting: waited };
}

async function barrier({ sql }: TestDatabase, wanted: number, running: Promise<unknown>): Promise<number> {
  let over = false;
  void running.finally(() => {
    over = true;
  });
  return await sql.begin(async (transaction) => {
    await transaction.unsafe(`SELECT pg_advisory_xact_lock(${LOCK})`);
    for (let waiting = 0;;) {
      if (over) return waiting;
      const [row] = await sql`select count(*)::int as n from pg_locks l join pg_stat_activity a using (pid)
        where l.locktype = 'advisory' and not l.granted and a.datname = current_database()`;
      waiting = Number(row?.["n"]);
      if (waiting >= wanted) return waiting;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

/** Throws unless every process did what it was asked for and said nothing of a deadlock. */
export function assertAllDone(results: readonly Ended[], when: string): void {
  assert.deepEqual(
    results.map(({ code }) => code),
    results.map(() => 0),
    `${when}\n${results.map(({ code, out, err }) => `${code}: ${out}${err}`).join("\n")}`,
  );
  for (const { err } of results) assert.doesNotMatch(err, /error|deadlock/i, when);
}

/** Table → number of rows, without the tool's log. */
export async function rowCounts({ sql }: TestDatabase): Promise<ReadonlyMap<string, number>> {
  const tables = await dumpTables(sql);
  return new Map(
    [...tables].filter(([name]) => name !== "provisioning_log").map(([name, rows]) => [name, rows.length]),
  );
}

/** Rows without what is random or depends on time. */
export async function shape({ sql }: TestDatabase): Promise<unknown> {
  const tables = [...await dumpTables(sql)].filter(([table]) => table !== "provisioning_log");
  const random =
    /^(uuid|api_key|password|hashed_key|prefix|.*_at|.*_date|live_from|date_joined|created|updated|history_date|environment_feature_version_id)$/;
  return tables.map(([table, rows]) => [
    table,
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).filter(([column]) =>
          !random.test(column) && !(table === "api_keys_masterapikey" && column === "id")
        ),
      )
    ),
  ]);
}
