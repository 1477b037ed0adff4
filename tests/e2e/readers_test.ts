/** Readers that poll through resets: each sees the whole set, of one reset or of the next. */
import assert from "node:assert/strict";
import postgres, { type TransactionSql } from "postgres";
import { assertAllDone, ROUNDS } from "../support/crowd.ts";
import { withDatabase } from "../support/database.ts";
import { hashPassword } from "../support/password_hash.ts";
import { ended, start } from "../support/program.ts";

const { documents: [seed] } = JSON.parse(
  await Deno.readTextFile(new URL("../data/recordings/e2e.input.json", import.meta.url)),
);

/** A flag, a segment with an override, and keys that never change, beside what the application's own seed holds. */
const [{ name: PROJECT }] = seed.projects;
const DOCUMENT = JSON.stringify({
  version: "1.0",
  ...seed,
  // Readers do not look at passwords, and each reset would hash them all.
  users: seed.users.map(({ password, ...user }: { password: string }) => ({
    ...user,
    password_hash: hashPassword(password, "pbkdf2_sha256$1000"),
  })),
  environments: [...seed.environments, { name: "Chosen", project: PROJECT, api_key: "key-that-stays" }],
  features: [{
    name: "flag",
    project: PROJECT,
    environments: { Chosen: { enabled: true, segment_overrides: [{ segment: "chosen", enabled: true }] } },
  }],
  segments: [...seed.segments ?? [], {
    name: "chosen",
    project: PROJECT,
    rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: "1" }] }],
  }],
});

const TABLES = [
  "users_ffadminuser",
  "organisations_organisation",
  "organisations_subscription",
  "organisations_userorganisation",
  "projects_project",
  "environments_environment",
  "environments_identity",
  "features_feature",
  "features_featurestate",
  "features_featurestatevalue",
  "features_featuresegment",
  "segments_segment",
  "segments_segmentrule",
  "segments_condition",
  "users_userpermissiongroup",
];

/** Everything in one statement, as one request of a dashboard cannot even ask. */
async function glance(sql: TransactionSql): Promise<unknown> {
  const [row] = await sql.unsafe(
    `select ${TABLES.map((table) => `(select count(*)::int from ${table}) as ${table}`).join(", ")},
      (select json_agg(email order by email) from users_ffadminuser) as emails,
      (select json_agg(name order by name) from projects_project) as projects,
      (select json_agg(identifier order by identifier) from environments_identity) as identifiers,
      (select json_agg(plan order by plan) from organisations_subscription) as plans,
      (select id from environments_environment where api_key = 'key-that-stays') as chosen`,
  );
  return row;
}

/** The same in a statement per table, between which resets are committed. */
async function walk(sql: TransactionSql): Promise<unknown> {
  const counts: Record<string, unknown> = {};
  for (const table of TABLES) {
    const [row] = await sql.unsafe(`select count(*)::int as n from ${table}`);
    counts[table] = row?.["n"];
  }
  const [joined] = await sql`select s.enabled, e.id as chosen from environments_environment e
    join features_featurestate s on s.environment_id = e.id join features_featuresegment g on g.id = s.feature_segment_id
    join segments_segment m on m.id = g.segment_id join features_feature f on f.id = s.feature_id
    where e.api_key = 'key-that-stays' and f.name = 'flag' and m.name = 'chosen'`;
  return { ...counts, ...joined };
}

Deno.test("readers that poll through resets always see the whole set, READ COMMITTED and REPEATABLE READ", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/set.json`;
    await Deno.writeTextFile(file, DOCUMENT);
    await withDatabase({}, async ({ sql, url }) => {
      const reset = () =>
        ended(start(["reset", "--take-over", "--file", file], { env: { DATABASE_URL: url } }));
      assertAllDone([await reset()], "first");
      const wanted = await sql.begin(glance);
      const walked = await sql.begin(walk);
      const looks = [["read committed", glance, wanted], ["repeatable read", glance, wanted], [
        "repeatable read",
        walk,
        walked,
      ]] as const;
      let over = false;
      const readers = looks.map(async ([level, look, whole]) => {
        const reader = postgres(url, { max: 1, onnotice: () => {} });
        let seen = 0;
        try {
          while (!over) {
            assert.deepEqual(await reader.begin(`isolation level ${level} read only`, look), whole);
            seen += 1;
          }
        } finally {
          await reader.end();
        }
        return seen;
      });
      // A reader that sees a gap ends the test only after the resets, hence is waited for together with them.
      const resets = (async () => {
        const results = [];
        for (let round = 0; round < 2 * ROUNDS; round++) {
          results.push(...await Promise.all([reset(), reset()]));
        }
        return results;
      })().finally(() => {
        over = true;
      });
      const [results, ...seen] = await Promise.all([resets, ...readers]);
      assertAllDone(results, "resets");
      assert.ok(seen.every((count) => count > results.length), `looks: ${seen}`);
      const [log] = await sql`select count(distinct run_id)::int as runs from provisioning_log`;
      assert.equal(log?.["runs"], results.length + 1);
      assert.deepEqual(await sql.begin(walk), walked);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
