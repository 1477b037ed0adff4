/** Whoever may create in a schema that a role looks names up in has nothing run with the rights of the program. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { CHANGES, EVERYTHING } from "../support/every_table.ts";
import { runCli } from "../support/run_cli.ts";

/**
 * A schema of another role with a function for each of PostgreSQL's own, and types, operators and tables by the names of
 * theirs. An exact match in another schema beats a polymorphic function of `pg_catalog`, whatever comes first in the path.
 */
async function shadow({ sql, name }: TestDatabase): Promise<string> {
  const role = `shadow_${name}`;
  await sql.unsafe(`CREATE ROLE ${role}; CREATE SCHEMA shadow AUTHORIZATION ${role}; SET ROLE ${role};
CREATE SEQUENCE shadow.calls; GRANT USAGE ON SCHEMA shadow TO PUBLIC; GRANT ALL ON SEQUENCE shadow.calls TO PUBLIC;
DO $do$
DECLARE own record; element text;
BEGIN
  FOR own IN SELECT p.proname, p.prokind, array_to_string(ARRAY(SELECT format_type(t, NULL)
      FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, n) ORDER BY n), ', ') AS arguments
    FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind IN ('f', 'a')
    AND NOT EXISTS (SELECT FROM pg_type t WHERE t.oid = ANY(p.proargtypes) AND t.typtype = 'p'
      AND t.typname NOT IN ('any', 'anyarray', 'anyelement', 'anynonarray', 'anycompatible', 'anycompatiblearray', 'record'))
    AND (p.proname !~ '^(pg_stat|interval|timestamp|time|date|numeric|float|int[248]|bit|bytea|inet|ts|gin|gist|brin|hash[a-z]|bt|oid|RI_|circle|box|poly|path|line|lseg|point|money|cash|range|multirange|text_|bp|name|array_[^rt]|char|enum|uuid|xid|mac|jsonb?_[^abtes]|xml|regex|like|nlike|nic|ic|unicode|tid|str|var|network|masklen|txid|lo_|log[a-z]+send|pg_(ls|read|logical|replic|wal|cursor|tablespace|database|prepared|available|show|snapshot|current_[ws]|last|event|get_[bp]|control|config|ident|hba|file|drop|create|import|copy|visible|mcv|nextoid|timezone))' )
  LOOP
    FOREACH element IN ARRAY CASE WHEN own.arguments ~ 'any|record' THEN '{text,integer,bigint,json,uuid}'::text[] ELSE '{text}' END LOOP
      EXECUTE format('CREATE OR REPLACE FUNCTION shadow.%I(%s) RETURNS text LANGUAGE plpgsql AS %L', own.proname,
        replace(replace(replace(replace(replace(replace(regexp_replace(own.arguments, '"any"', element, 'g'), 'anycompatiblearray', element || '[]'),
          'anyarray', element || '[]'), 'anycompatible', element), 'anynonarray', element), 'anyelement', element), 'record', element),
        'BEGIN PERFORM pg_catalog.nextval(''shadow.calls''); RAISE EXCEPTION ''a function of others''; END');
    END LOOP;
  END LOOP;
  FOREACH element IN ARRAY '{pg_class,pg_attribute,pg_namespace,pg_index,pg_constraint,pg_attrdef,pg_depend,pg_roles,pg_database,pg_locks,pg_stat_activity}'::text[] LOOP
    EXECUTE format('CREATE TABLE shadow.%I ()', element);
  END LOOP;
  FOREACH element IN ARRAY '{text,int4,int8,bool,json,jsonb,uuid,oid,regclass,timestamptz,name}'::text[] LOOP
    EXECUTE format('CREATE DOMAIN shadow.%I AS pg_catalog.point', element);
  END LOOP;
  FOREACH element IN ARRAY '{=,<>,<,>,<=,>=,||,~~,~}'::text[] LOOP
    EXECUTE format('CREATE OPERATOR shadow.%s (FUNCTION = shadow.texteq, LEFTARG = pg_catalog.text, RIGHTARG = pg_catalog.text)', element);
  END LOOP;
END $do$;
GRANT ALL ON ALL TABLES IN SCHEMA shadow TO PUBLIC; RESET ROLE`);
  return role;
}

const ROWS = {
  rows: [{ table: "plain", key: { name: "n" }, set: { value: "v", feeling: "good", document: { a: 1 } } }],
};

Deno.test("names that others put before PostgreSQL's own are looked up by no command", async () => {
  await withDatabase({}, async (database) => {
    const { sql, url } = database;
    await sql.unsafe(`CREATE TYPE feeling AS ENUM ('good', 'bad');
      CREATE TABLE plain (id serial PRIMARY KEY, name text, value text, feeling feeling, document json)`);
    const role = await shadow(database);
    const outputs = await Deno.makeTempFile({ suffix: ".json" });
    try {
      const own = new URL(url);
      own.searchParams.set("options", "-csearch_path=shadow,pg_catalog,public");
      const codes: unknown[] = [];
      for (
        const [command, document] of [
          [`apply --file - --wait 5s --outputs ${outputs}`, { ...EVERYTHING, ...ROWS }],
          ["apply --file -", { ...CHANGES, ...ROWS }],
          ["plan --file -", EVERYTHING],
          ["status --file -", EVERYTHING],
          ["log", {}],
          ["export --organisation Acme", {}],
          ["reset-link a@example.com", {}],
          ["log protect", {}],
          ["log unprotect", {}],
          ["log init", {}],
          ["log prune --before 24h", {}],
          ["adopt --file -", CHANGES],
          ["reset --file - --yes", { ...EVERYTHING, ...ROWS }],
          ["teardown --all --yes", {}],
          ["reset --file - --yes --flush", EVERYTHING],
        ] as const
      ) {
        const { code, out, err } = await runCli(command.split(" "), {
          databaseUrl: own.href,
          stdin: JSON.stringify({ version: "1.0", ...document }),
          env: {
            DJANGO_SECRET_KEY: "k",
            FLAGSMITH_DOMAIN: "example.com",
            ENABLE_LOCAL_DATABASE_RESET: "true",
          },
        });
        codes.push(code === 0 ? code : [command, code, out, err]);
      }
      const [calls] = await sql`select is_called from shadow.calls`;
      assert.deepEqual([codes, calls], [codes.map(() => 0), { is_called: false }]);
    } finally {
      await Deno.remove(outputs);
      await sql.unsafe(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});
