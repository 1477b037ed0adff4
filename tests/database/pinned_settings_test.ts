/** Settings of roles and databases, which operators choose, change nothing of what the program writes and says. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createDatabase, type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { normalDump } from "../support/normal_dump.ts";
import { runCli } from "../support/run_cli.ts";

/** Each setting with values other than PostgreSQL's default. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  array_nulls: ["off"],
  backslash_quote: ["on", "off"],
  bytea_output: ["escape"],
  client_encoding: ["SJIS", "LATIN1"],
  datestyle: ["German", "SQL, DMY", "Postgres, MDY"],
  default_transaction_isolation: ["serializable", "repeatable read"],
  default_transaction_read_only: ["on"],
  escape_string_warning: ["off"],
  extra_float_digits: ["0", "-15", "3"],
  idle_in_transaction_session_timeout: ["200ms"],
  intervalstyle: ["iso_8601", "sql_standard"],
  lock_timeout: ["1ms"],
  quote_all_identifiers: ["on"],
  row_security: ["off"],
  search_path: ['"$user", public', "public, pg_catalog"],
  standard_conforming_strings: ["off"],
  statement_timeout: ["200ms"],
  timezone: ["Asia/Tokyo", "America/St_Johns"],
  transform_null_equals: ["on"],
  xmlbinary: ["hex"],
};

const SET = JSON.stringify({
  version: "1.0",
  defaults: { on_exists: "update" },
  organisations: [{ name: "Acme \\ Söhne" }],
  projects: [{
    name: "Web",
    organisation: "Acme \\ Söhne",
    environments: [{
      name: "Dev",
      identities: [{ identifier: "a", traits: { height: 1.1, name: "\\n'x" } }],
    }],
    segments: [{
      name: "s",
      rules: [{
        type: "ALL",
        conditions: [{ operator: "PERCENTAGE_SPLIT", value: "33.3" }, {
          operator: "EQUAL",
          property: "p",
          value: "\\",
        }],
      }],
    }],
    features: [{
      name: "f",
      initial_value: "\\ 1",
      multivariate_options: [{ value: "b", percentage_allocation: 33.3 }],
    }],
  }],
});

/** What the commands say, and what the database then holds. */
async function seen({ url, sql }: TestDatabase): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const command of ["apply", "apply", "status", "plan"]) {
    const { code, out, err } = await runCli([command, "-f", "-"], { databaseUrl: url, stdin: SET });
    found.push([command, code, out, err]);
  }
  const exported = await runCli(["export", "--organisation", "Acme \\ Söhne"], { databaseUrl: url });
  const names = exported.out.match(/name: \S+/g);
  assert.deepEqual(
    [...found.map((one) => Array.isArray(one) ? one[1] : one), exported.code],
    [0, 0, 0, 0, 0],
    JSON.stringify(found),
  );
  assert.ok((names ?? []).length > 3, exported.out);
  found.push(exported.out.replace(/api_key: \S+/, "api_key: …"), [...normalDump(await dumpTables(sql))]);
  return found;
}

const settings = fc.dictionary(
  fc.constantFrom(...Object.keys(SETTINGS)),
  fc.nat(),
  { minKeys: 4, maxKeys: Object.keys(SETTINGS).length },
).map((chosen) =>
  Object.entries(chosen).flatMap(([name, at]) => {
    const values = SETTINGS[name] ?? [];
    const value = values[at % values.length];
    return value === undefined ? [] : [[name, value] as const];
  })
);

Deno.test("settings of a database change no row and no line, whatever they are", async () => {
  const plain = await createDatabase();
  const wanted = await seen(plain).finally(() => plain.drop());
  const whole = Object.entries(SETTINGS).map(([name, [value = ""]]) => [name, value] as const);
  await fc.assert(
    fc.asyncProperty(settings, (chosen) =>
      withDatabase({ newConnections: true }, async (database) => {
        for (const [name, value] of chosen) {
          const text = name === "search_path" ? value : `'${value}'`;
          await database.sql.unsafe(`ALTER DATABASE "${database.name}" SET ${name} TO ${text}`);
        }
        assert.deepEqual(await seen(database), wanted);
      })),
    { numRuns: Deno.env.get("FULL_TESTS") === "1" ? 40 : 2, examples: [[whole]] },
  );
});

Deno.test("row level security that may hide rows is refused by its table's name", async () => {
  await withDatabase({}, async ({ sql, url, name }) => {
    const first = "version: '1.0'\norganisations: [{name: Acme}]\n";
    assert.equal((await runCli(["apply", "-f", "-"], { databaseUrl: url, stdin: first })).code, 0);
    const role = `rls_${name}`;
    await sql.unsafe(`CREATE ROLE ${role} LOGIN; GRANT ALL ON SCHEMA public TO ${role};
      GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role};
      ALTER TABLE organisations_organisation ENABLE ROW LEVEL SECURITY;
      CREATE POLICY i ON organisations_organisation FOR INSERT TO ${role} WITH CHECK (true);
      CREATE POLICY s ON organisations_organisation FOR SELECT TO ${role} USING (id > 1)`);
    try {
      const own = new URL(url);
      own.username = role;
      for (const command of ["plan", "apply"]) {
        const { code, err } = await runCli([command, "-f", "-"], { databaseUrl: own.href, stdin: first });
        assert.equal(code, 1);
        assert.match(
          err,
          /: row level security may hide rows from the database user, of table organisations_organisation \[FP419\]\n/,
        );
      }
      const rows = await sql`select name from organisations_organisation`;
      assert.deepEqual(rows.map((row) => row["name"]), ["Acme"]);
    } finally {
      await sql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });
});

Deno.test("a database that is stored in another encoding is refused by the name of that encoding", async () => {
  const database = await createDatabase({ schema: "empty" });
  const name = `${database.name}_latin`;
  try {
    await database.sql.unsafe(`CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    const url = new URL(database.url);
    url.pathname = `/${name}`;
    for (const command of ["plan", "apply", "status"]) {
      const { code, err } = await runCli([command, "-f", "-"], { databaseUrl: url.href, stdin: SET });
      assert.deepEqual([code, err.split("\n")[0]], [
        78,
        "error: The database is stored in LATIN1, and this program writes to UTF8 only [FP418]",
      ]);
    }
  } finally {
    await database.sql.unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await database.drop();
  }
});

Deno.test("a trigger's function that means names of a schema is named, and works once it has a path of its own", async () => {
  await withDatabase({}, async (database) => {
    await database.sql.unsafe(`CREATE TABLE audited (name text NOT NULL);
      CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audited VALUES (NEW.name); RETURN NEW; END $$;
      CREATE TRIGGER audit AFTER INSERT ON organisations_organisation FOR EACH ROW EXECUTE FUNCTION audit()`);
    const apply = () =>
      runCli(["apply", "-f", "-"], {
        databaseUrl: database.url,
        stdin: "version: '1.0'\norganisations: [{name: Acme}]\n",
      });
    const before = await dumpTables(database.sql);
    const { code, err } = await apply();
    assert.equal(code, 1);
    const { provisioning_log: _log, ...after } = Object.fromEntries(await dumpTables(database.sql));
    assert.deepEqual(after, Object.fromEntries(before));
    assert.equal(
      err,
      `error: Cannot write the rows: a function of this database, public.audit(), does not find a table [FP469]
   = hint: Nothing was changed. A trigger or a constraint calls it, and functions run with search_path = pg_catalog, pg_temp here. Name the schemas in it, or give it a path of its own: ALTER FUNCTION public.audit() SET search_path = public, or whatever schema it means
`,
    );
    await database.sql.unsafe("ALTER FUNCTION public.audit() SET search_path = public");
    assert.equal((await apply()).code, 0);
    assert.deepEqual([...await database.sql`select name from audited`], [{ name: "Acme" }]);
  });
});
