/** What the `demo` set promises to show is there. */
import assert from "node:assert/strict";
import { OPERATORS } from "../../src/flagsmith/condition.ts";
import { withDatabase } from "../support/database.ts";
import { verifyPassword } from "../support/password_hash.ts";
import { runCli } from "../support/run_cli.ts";
import { assertUntouched } from "../support/untouched.ts";

Deno.test("the demo set has something of everything", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const { code, err } = await runCli(["--preset", "demo", "--strict"], { databaseUrl: url });
    assert.equal(code, 0, err);
    const [counts] = await sql<Record<string, number>[]>`select
      (select count(*)::int from organisations_organisation) as organisations,
      (select count(*)::int from projects_project) as projects,
      (select count(*)::int from environments_environment) as environments,
      (select count(*)::int from environments_identity) as identities,
      (select count(distinct type)::int from features_featurestatevalue) as value_types,
      (select count(*)::int from features_featurestate where identity_id is not null) as identity_overrides,
      (select count(*)::int from features_featuresegment) as segment_overrides,
      (select count(*)::int from features_feature where type = 'MULTIVARIATE') as multivariate,
      (select count(*)::int from tags_tag) as tags,
      (select count(*)::int from users_userpermissiongroup) as groups,
      (select count(*)::int from environments_environmentapikey) as server_keys`;
    assert.deepEqual({ ...counts }, {
      organisations: 2,
      projects: 4,
      environments: 9,
      identities: 30,
      value_types: 3,
      identity_overrides: 6,
      segment_overrides: 15,
      multivariate: 4,
      tags: 8,
      groups: 3,
      server_keys: 3,
    });
    const operators = await sql<{ operator: string }[]>`select distinct operator from segments_condition`;
    assert.deepEqual(operators.map((row) => row.operator).sort(), [...OPERATORS].sort());
    const types = await sql<{ type: string }[]>`select distinct value_type as type from environments_trait`;
    assert.deepEqual(types.map((row) => row.type).sort(), ["bool", "float", "int", "unicode"]);
    const differing = await sql`
      select f.name from features_featurestate s join features_feature f on f.id = s.feature_id
      where s.identity_id is null and s.feature_segment_id is null group by f.id having count(distinct s.enabled) > 1`;
    assert.ok(differing.length >= 5, String(differing.length));
    // Conditions directly below a top-level rule are invisible in the dashboard
    // (`docs/flagsmith/segments.md#rows-of-a-segment`).
    assert.deepEqual([
      ...await sql`select 1 from segments_condition c join segments_segmentrule r on r.id = c.rule_id where r.segment_id is not null`,
    ], []);
  });
});

Deno.test("the demo set takes DEMO_PASSWORD, and keeps it when the variable changes", async () => {
  await withDatabase({}, async (database) => {
    const apply = (password: string) =>
      runCli(["--preset", "demo", "--strict"], {
        databaseUrl: database.url,
        env: { DEMO_PASSWORD: password },
      });
    const { out } = await apply("a demo password");
    assert.doesNotMatch(out, /The password of|a demo password/);
    const [user] = await database.sql<{ password: string }[]>`
      select password from users_ffadminuser where email = 'demo@example.com'`;
    assert.ok(verifyPassword("a demo password", user?.password ?? ""));
    for (const password of ["another one", ""]) {
      const again = await assertUntouched(database, () => apply(password));
      assert.doesNotMatch(again.out, /The password of/);
    }
  });
});
