/** References to live rows by their different names. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const BASE = {
  organisations: [{ name: "One" }, { name: "Two" }],
  projects: [{ name: "Web", organisation: "One", environments: [{ name: "Development" }] }, {
    name: "Api/v2",
    organisation: "One",
  }],
};

Deno.test("apply() creates each state once when references lead to one project by different names", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([BASE, {
      environments: [{ name: "QA", project: "Web", organisation: "One" }],
      features: [{ name: "a", project: "Web" }, { name: "b", project: "One/Web" }],
    }], { databaseUrl: url });
    const states = await sql`select f.name as feature, e.name as environment from features_featurestate s
      join features_feature f on f.id = s.feature_id join environments_environment e on e.id = s.environment_id order by 1, 2`;
    assert.deepEqual([...states], [
      { feature: "a", environment: "Development" },
      { feature: "a", environment: "QA" },
      { feature: "b", environment: "Development" },
      { feature: "b", environment: "QA" },
    ]);
    const [log] =
      await sql`select array_agg(address order by address) as addresses from provisioning_log where kind = 'feature'`;
    assert.deepEqual(log?.["addresses"], ["feature:One/Web/a", "feature:One/Web/b"]);
  });
});

Deno.test("apply() takes a name with a slash as a whole before it takes it as organisation and project", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([BASE, { projects: [{ name: "v2", organisation: "Two" }] }, {
      features: [{ name: "f", project: "Api/v2" }],
    }], { databaseUrl: url });
    const [row] =
      await sql`select p.name from features_feature f join projects_project p on p.id = f.project_id`;
    assert.equal(row?.["name"], "Api/v2");
  });
});

Deno.test("apply() refuses a project name that several organisations have", async () => {
  await withDatabase({}, async ({ url }) => {
    await applyDocuments([BASE, { projects: [{ name: "Web", organisation: "Two" }] }], { databaseUrl: url });
    const stdin = "version: '1.0'\nfeatures:\n  - {name: f, project: Web}\n";
    const { code, err } = await runCli(["-f", "-"], { databaseUrl: url, stdin });
    assert.equal(code, 1);
    assert.equal(
      err,
      `<stdin>:3:24: error: "Web" fits more than one project: in "One", "Two" [FP203]
  |
3 |   - {name: f, project: Web}
  |                        ^~~
  = hint: Add "organisation:" beside it
1 error; nothing was changed.
`,
    );
  });
});
