/** The rights of `deploy/kubernetes/grants.sql`: enough for every command, and none that is not missed when it is gone. */
import assert from "node:assert/strict";
import type postgres from "postgres";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { CHANGES, EVERYTHING } from "../support/every_table.ts";
import { type Anchors, fillTables } from "../support/fill_tables.ts";
import { quickHash } from "../support/password_hash.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";

const ROLE = "flagsmith_provision";
const FULL = Deno.env.get("FULL_TESTS") === "1";
/** Without `FULL_TESTS` one grant of so many is taken away. */
const EVERY = FULL ? 1 : 24;

interface World {
  readonly sql: postgres.Sql;
  readonly role: string;
  /** The role's own connection. */
  readonly own: string;
  readonly run: (args: readonly string[], document?: unknown) => Promise<CliResult>;
}

/** A role with the grants of the file, in the place of the one that is named there, and the log made by the owner. */
async function withGrants(test: (world: World) => Promise<void>): Promise<void> {
  await withDatabase({}, async ({ sql, url, name }: TestDatabase) => {
    const role = `granted_${name}`.slice(0, 63);
    const grants = await Deno.readTextFile(new URL("../../deploy/kubernetes/grants.sql", import.meta.url));
    assert.ok(grants.includes(`TO ${ROLE}`));
    await sql.unsafe(`CREATE ROLE "${role}" LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
    try {
      await sql.unsafe(grants.replaceAll(`TO ${ROLE}`, `TO "${role}"`));
      const made = await runCli(["log", "init", "--grant", role], { databaseUrl: url });
      assert.equal(made.code, 0, made.err);
      const own = new URL(url);
      own.username = role;
      await test({
        sql,
        role,
        own: own.href,
        run: (args, document) =>
          runCli(args, {
            databaseUrl: own.href,
            io: { hash: quickHash },
            stdin: document === undefined ? "" : JSON.stringify({ version: "1.0", ...Object(document) }),
          }),
      });
    } finally {
      await sql.unsafe(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
    }
  });
}

const FILE = ["--file", "-"];
const SET = { ...EVERYTHING, app_domain: "flags.example.com" };

Deno.test("a role with the documented grants does everything", async () => {
  await withGrants(async ({ run }) => {
    const done = async (args: readonly string[], document?: unknown): Promise<void> => {
      const { code, out, err } = await run(args, document);
      assert.equal(code, 0, `${args.join(" ")}\n${out}${err}`);
    };
    await done(["plan", ...FILE], SET);
    await done(["apply", ...FILE], SET);
    await done(["status", ...FILE], SET);
    await done(["apply", ...FILE], CHANGES);
    await done(["export", "--organisation", "Acme"]);
    await done(["log"]);
    await done(["reset", ...FILE], SET);
    const removed = { projects: [{ name: "Web", organisation: "Acme", ensure: "absent" }] };
    await done(["apply", ...FILE, "--allow-delete"], removed);
    await done(["apply", ...FILE], SET);
    await done(["apply", "--preset", "demo", "--preset", "flagsmith-on-flagsmith"]);
    await done(["adopt", ...FILE], SET);
    await done(["teardown", "--all", "--yes"]);
  });
});

interface Grant {
  readonly right: string;
  readonly kind: "table" | "sequence";
  readonly name: string;
}

/** What the role has, but for the log, in a fixed order. */
async function grantsOf({ sql, role }: World): Promise<readonly Grant[]> {
  return await sql<Grant[]>`
    select a.privilege_type as right, case c.relkind when 'S' then 'sequence' else 'table' end as kind, c.relname as name
    from pg_class c, aclexplode(c.relacl) a
    where a.grantee = (select oid from pg_roles where rolname = ${role}) and c.relname <> 'provisioning_log'
    order by 3, 1`;
}

/** Runs the command without each grant in turn; gives those that it does not miss. Nothing is ever changed. */
async function notMissed(
  world: World,
  grants: readonly Grant[],
  args: readonly string[],
  document?: unknown,
): Promise<readonly Grant[]> {
  const unused: Grant[] = [];
  for (const grant of grants) {
    const object = `${grant.right} ON ${grant.kind} "${grant.name}"`;
    await world.sql.unsafe(`REVOKE ${object} FROM "${world.role}"`);
    const { code, err } = await world.run([...args, "--dry-run"], document);
    await world.sql.unsafe(`GRANT ${object} TO "${world.role}"`);
    if (code === 0) unused.push(grant);
    else {
      const [line = ""] = err.split("\n").filter((text) => text.startsWith("error: "));
      assert.match(line, / \[FP407\]$/);
      const named =
        `: the database user lacks a right: ${grant.right} on ${grant.kind} ${grant.name} [FP407]`;
      assert.ok(line.endsWith(named), `${line}\n${named}`);
    }
  }
  return unused;
}

/** One of `EVERY` grants. */
function some(grants: readonly Grant[], wanted: (grant: Grant) => boolean): readonly Grant[] {
  return grants.filter(wanted).filter((_, at) => at % EVERY === 0);
}

const names = (grants: readonly Grant[]): readonly string[] => [...new Set(grants.map(({ name }) => name))];

/** The tables that part 2 of the file lists: those that every run may write to. */
async function writtenTables(): Promise<ReadonlySet<string>> {
  const grants = await Deno.readTextFile(new URL("../../deploy/kubernetes/grants.sql", import.meta.url));
  const [, list = ""] = /inserted CONSTANT text\[\] := '\{([^}]*)\}'/.exec(grants) ?? [];
  return new Set(list.split(",").map((name) => name.trim()));
}

Deno.test("a run without one of the grants names the one that is missing", async () => {
  await withGrants(async (world) => {
    const grants = await grantsOf(world);
    const written = await writtenTables();
    assert.ok(written.size > 50, `only ${written.size} tables`);
    const teardown = ["teardown", "--all", "--yes"];
    const read = some(grants, ({ right }) => right === "SELECT");
    const neverRead = await notMissed(world, read, ["apply", ...FILE], SET);
    const created = some(
      grants,
      ({ right, kind, name }) => kind === "sequence" || right === "INSERT" && written.has(name),
    );
    const laterCreated = await notMissed(world, created, ["apply", ...FILE], SET);
    assert.equal((await world.run(["apply", ...FILE], SET)).code, 0);
    // The soft-deletion records are written by an update.
    const neverCreated = await notMissed(world, laterCreated, ["apply", ...FILE], CHANGES);
    const notReadLater = await notMissed(world, neverRead, teardown);
    const removed = some(grants, ({ right, name }) => right === "DELETE" && written.has(name));
    const neverRemoved = await notMissed(world, removed, teardown);
    const updated = some(grants, ({ right }) => right === "UPDATE");
    const notTornDown = await notMissed(world, updated, teardown);
    const neverUpdated = await notMissed(world, notTornDown, ["apply", ...FILE], CHANGES);
    assert.deepEqual(names(neverCreated), []);
    assert.deepEqual(names(notReadLater).filter((name) => written.has(name)), []);
    // Nothing was soft-deleted before this teardown.
    const softDeletion = ["softdelete_changeset", "softdelete_softdeleterecord"];
    assert.deepEqual(names(neverRemoved).filter((name) => !softDeletion.includes(name)), []);
    // A table without rows has none to lock; links are locked only when another session makes the same ones.
    const filled = await filledTables(world.sql, names(neverUpdated));
    assert.deepEqual(filled.filter((name) => !written.has(name)), []);
  });
});

/** Those of the tables that have rows. */
async function filledTables(sql: postgres.Sql, tables: readonly string[]): Promise<readonly string[]> {
  const filled: string[] = [];
  for (const table of tables) {
    const [row] = await sql`select exists (select from ${sql(table)}) as filled`;
    if (row?.["filled"] === true) filled.push(table);
  }
  return filled;
}

/** Tables whose rows others add theirs to, each with a row of the set. */
const ANCHORS = [
  "organisations_organisation",
  "projects_project",
  "environments_environment",
  "features_feature",
  "segments_segment",
  "users_ffadminuser",
  "environments_identity",
];

async function countOf(sql: postgres.Sql, table: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from ${sql(table)}`;
  return row?.count ?? 0;
}

Deno.test("a teardown that cascades without one of the rights to delete names the one that is missing", async () => {
  await withGrants(async (world) => {
    const { sql } = world;
    assert.equal((await world.run(["apply", ...FILE], SET)).code, 0);
    const anchors: Anchors = new Map();
    for (const table of ANCHORS) {
      const [row] = await sql<{ id: number }[]>`select id from ${sql(table)} order by id limit 1`;
      if (row !== undefined) anchors.set(table, row.id);
    }
    const filled = await fillTables(sql, anchors, 7);
    assert.ok(filled.length > 100, `Only ${filled.length} tables were filled`);
    const written = await writtenTables();
    const removed = some(
      await grantsOf(world),
      ({ right, name }) => right === "DELETE" && !written.has(name),
    );
    const teardown = ["teardown", "--all", "--yes", "--cascade"];
    const unused = names(await notMissed(world, removed, teardown));
    const before = await Promise.all(unused.map((table) => countOf(sql, table)));
    assert.equal((await world.run(teardown)).code, 0);
    // Nothing is removed from the tables whose right was not missed.
    assert.deepEqual(await Promise.all(unused.map((table) => countOf(sql, table))), before);
  });
});
