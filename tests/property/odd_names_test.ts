/** A live name that nobody would choose costs an export nothing: whatever its kind, all is exported and in sync. */
import assert from "node:assert/strict";
import { ALL_KINDS, KIND_NAMES } from "../../src/kinds/specs.ts";
import { LIVE_TABLES } from "../../src/kinds/tables.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { exportResult, secretsOf } from "../support/export.ts";
import { assertInSync, organisationsOf } from "../support/export_in_sync.ts";
import { holdsForSets, runSet } from "../support/property.ts";
import { Draw } from "../support/random_set/draw.ts";
import { runCli } from "../support/run_cli.ts";

/** What SQL can put into a column of a name, and most forms refuse. */
const ODD: readonly string[] = [
  "two\nlines",
  "ends with a line break\n",
  "\r\nbegins with one",
  " begins with a blank",
  "ends with a blank ",
  "\u00a0\u2003\u0085",
  " ",
  "",
  "\t",
  "bell\u0007 and escape\u001b[31m",
  "a\u2028b\u2029c",
  "${HOME} and $${x}\n",
  '!exact "x"\n',
  "'\n# - : [{",
  "\ufeffmark",
  "\u202eright to left",
  "a/b.c%20d ",
];

/** Columns that name the entities of a kind, or identify them otherwise. */
const COLUMNS: readonly (readonly [table: string, column: string, live: string])[] = KIND_NAMES.flatMap(
  (kind) => {
    const { table, match, live } = LIVE_TABLES[kind];
    const own = ALL_KINDS[kind].nameColumn ?? match?.columns.find(({ of }) => of === undefined)?.column;
    if (own === undefined || match?.columns.length !== 1) return [];
    const conditions = live.map(({ column, is }) =>
      typeof is !== "string"
        ? `${column} = ${is.column}`
        : is === "false"
        ? `not ${column}`
        : `${column} is ${is}`
    );
    return [[table, own, conditions.join(" and ") || "true"] as const];
  },
);

/** Gives one row of each kind a name that nobody would choose; says which. */
async function nameOddly(sql: TestDatabase["sql"], draw: Draw): Promise<readonly string[]> {
  const said: string[] = [];
  // New features must match it, which is no matter of exports.
  await sql`update projects_project set feature_name_regex = null`;
  for (const [table, column, live] of COLUMNS) {
    const rows = await sql.unsafe(`select ctid::text as id from ${table} where ${live} order by ctid`);
    if (rows.length === 0) continue;
    const row = draw.pick(rows);
    const name = draw.pick(ODD);
    // A name that another row has already stays as it is: that is another matter.
    const done = await sql.unsafe(
      `update ${table} set ${column} = $1 where ctid = $2::tid and not exists (select from ${table} o where lower(o.${column}) = lower($1))`,
      [name, String(row["id"])],
    ).catch((error) => {
      throw new Error(`${table}.${column} ${JSON.stringify(name)}: ${error}`);
    });
    if (done.count === 1) said.push(`${table}.${column} ${JSON.stringify(name)}`);
  }
  return said;
}

Deno.test("an export of odd names, one of each kind, holds everything, is in sync and leaves nothing to do", async () => {
  assert.deepEqual(COLUMNS.map(([table, column]) => `${table}.${column}`).sort(), [
    "api_keys_masterapikey.name",
    "environments_environment.name",
    "environments_environmentapikey.name",
    "environments_identity.identifier",
    "features_feature.name",
    "organisations_organisation.name",
    "projects_project.name",
    "segments_segment.name",
    "tags_tag.label",
    "users_ffadminuser.email",
    "users_userpermissiongroup.name",
  ]);
  await holdsForSets(3, async (set) => {
    await withDatabase({}, async ({ url, sql }) => {
      await runSet(set, url, ["apply"]);
      const said = await nameOddly(sql, new Draw(set.seed));
      try {
        for (const organisation of await organisationsOf(sql)) {
          const { code, out, err } = await exportResult(url, organisation);
          assert.deepEqual([code, err.replace(/^note: .*\n/gm, "")], [0, ""]);
          await assertInSync(url, organisation, out);
          await withDatabase({}, async (other) => {
            const applied = await runCli(["apply", "--file", "-"], {
              databaseUrl: other.url,
              stdin: out,
              env: { ...secretsOf(out) },
            });
            assert.equal(applied.code, 0, applied.err);
            assert.equal((await exportResult(other.url, organisation)).out, out);
          });
        }
      } catch (error) {
        throw new Error(`${said.join("\n")}\n${error instanceof Error ? error.message : String(error)}`);
      }
    });
  });
});
