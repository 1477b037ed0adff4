/** Whether Flagsmith's migrations are there, for runs that may start before them. */
import { ProvisionError } from "../diagnostics/error.ts";
import { texts } from "../database/render.ts";
import { query, sql, tableIn } from "../database/statement.ts";
import { readOnly } from "../database/ask.ts";
import { underApplicationPath } from "../database/begin.ts";
import type { Session } from "../database/session.ts";
import { LIVE_TABLES } from "../kinds/tables.ts";

/** A migration of Django: `features.0067`. */
export interface Migration {
  readonly app: string;
  /** The four digits that its name begins with. */
  readonly number: string;
}

/** What a look showed. */
export interface Readiness {
  /** What is not there yet, in words; undefined when everything is. */
  readonly missing: string | undefined;
  /** Changes whenever a migration is applied. */
  readonly mark: string;
  /** True when the newest migration was applied so long ago that nobody can be at it any more, whatever the clocks say. */
  readonly old: boolean;
}

/** Maximum time to wait for a table that a migration holds, milliseconds: a look is soon repeated. */
const PATIENCE = 500;

/** The columns by which entities of all kinds are found: without them no run can begin. */
function neededColumns(): readonly (readonly [table: string, column: string])[] {
  const needed = new Set<string>(["django_site.domain"]);
  for (const { table, primaryKey, parentColumn, nameColumn, live } of Object.values(LIVE_TABLES)) {
    const deletion = live.filter(({ column }) => column === "deleted_at").map(({ column }) => column);
    for (const column of [primaryKey, parentColumn, nameColumn, ...deletion]) {
      if (column !== undefined) needed.add(`${table}.${column}`);
    }
  }
  return [...needed].sort().map((name) => {
    const [table = "", column = ""] = name.split(".");
    return [table, column] as const;
  });
}

/** Looks at the tables; with `target` that migration must have been applied. Throws when the database refuses. */
export async function readReadiness(session: Session, target: Migration | undefined): Promise<Readiness> {
  const ask = readOnly(session, PATIENCE);
  const [, head] = await ask("read the schema", underApplicationPath(MIGRATIONS));
  const schema = head?.[0]?.["schema"];
  if (typeof schema !== "string") {
    // Says so when the table is there, in a schema that the user may not use.
    await ask("read the schema", underApplicationPath(ANY_MIGRATION)).catch((error) => {
      if (!(error instanceof ProvisionError) || error.code !== "FP409") throw error;
    });
    return { missing: "the table django_migrations", mark: "", old: false };
  }
  const needed = neededColumns();
  const [answer] = await ask("read the migrations", [
    query`SELECT count(*)::text || ' ' || coalesce(max(id), 0)::text AS mark,
  coalesce(max(applied) < now() - interval '1 minute', false) AS old,
  coalesce(bool_or(${
      target === undefined ? true : sql`app = ${target.app} AND name LIKE ${`${target.number}%`}`
    }), false) AS there, (SELECT min(w.t || '.' || w.c) FROM unnest(${
      texts(needed.map(([table]) => table))
    }, ${texts(needed.map(([, column]) => column))}) AS w(t, c) WHERE NOT EXISTS (SELECT FROM pg_attribute a
  WHERE a.attrelid = to_regclass(quote_ident(${schema}) || '.' || quote_ident(w.t)) AND a.attname = w.c
  AND NOT a.attisdropped)) AS missing FROM ${tableIn(schema, "django_migrations")}`,
  ]);
  const { mark, old, there, missing } = answer?.[0] ?? {};
  return {
    missing: typeof missing === "string"
      ? `the column ${missing}`
      : there === true
      ? undefined
      : target === undefined
      ? "any migration"
      : `the migration ${target.app}.${target.number}`,
    mark: String(mark),
    old: old === true,
  };
}

const ANY_MIGRATION = query`SELECT 1 FROM django_migrations LIMIT 1`;

/** Answers with the schema of the table in which Django keeps its migrations; nothing else of the application need be there. */
const MIGRATIONS = query`SELECT n.nspname::pg_catalog.text AS schema FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass('django_migrations')::pg_catalog.oid`;
