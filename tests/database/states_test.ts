/** Feature states and overrides in their different forms, and the order of segment overrides. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const segment = (name: string) => ({
  name,
  rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: name }] }],
});
const BASE = {
  organisations: [{ name: "O" }],
  projects: [{ name: "Web", organisation: "O", segments: ["zeta", "alpha", "mid"].map(segment) }],
};

Deno.test("apply() takes a state from the flag's, the environment's and the list's side alike", async () => {
  const forms = [
    {
      ...BASE,
      environments: [{ name: "Dev", project: "Web" }],
      features: [{
        name: "f",
        project: "Web",
        environments: {
          Dev: { enabled: true, value: 5, segment_overrides: [{ segment: "mid", enabled: true }] },
        },
      }],
    },
    {
      ...BASE,
      environments: [{
        name: "Dev",
        project: "Web",
        feature_states: [{ feature: "f", enabled: true, value: 5 }],
      }],
      features: [{
        name: "f",
        project: "Web",
        environments: [{ name: "Dev", segment_overrides: [{ segment: "mid", enabled: true }] }],
      }],
    },
    {
      ...BASE,
      environments: [{ name: "Dev", project: "Web" }],
      features: [{ name: "f", project: "Web" }],
      feature_states: [{ feature: "f", project: "Web", environment: "Dev", enabled: true, value: 5 }],
      segment_overrides: [{
        feature: "f",
        project: "Web",
        environment: "Dev",
        segment: "mid",
        enabled: true,
      }],
    },
  ];
  const seen: { states: unknown; log: unknown }[] = [];
  for (const form of forms) {
    await withDatabase({}, async ({ sql, url }) => {
      await applyDocuments([form], { databaseUrl: url });
      seen.push({
        states:
          await sql`select s.id, s.enabled, s.feature_segment_id, v.type, v.integer_value from features_featurestate s
          join features_featurestatevalue v on v.feature_state_id = s.id order by s.id`.then((rows) =>
            rows.map((r) => ({ ...r }))
          ),
        log: await sql`select address, content_hash from provisioning_log order by seq`.then((rows) =>
          rows.map((r) => ({ ...r }))
        ),
      });
    });
  }
  assert.deepEqual(seen[0]?.states, [
    { id: 1, enabled: true, feature_segment_id: null, type: "int", integer_value: 5 },
    { id: 2, enabled: true, feature_segment_id: 1, type: "unicode", integer_value: null },
  ]);
  assert.deepEqual(seen[1], seen[0]);
  assert.deepEqual(seen[2], seen[0]);
});

Deno.test("apply() gives segment overrides the priority of the order written, behind live ones", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const overrides = (...names: readonly string[]) => ({
      segment_overrides: names.map((name) => ({
        feature: "f",
        project: "Web",
        environment: "Dev",
        segment: name,
        enabled: true,
      })),
    });
    await applyDocuments([
      {
        ...BASE,
        environments: [{ name: "Dev", project: "Web" }],
        features: [{ name: "f", project: "Web" }],
        ...overrides("zeta"),
      },
      overrides("zeta", "mid", "alpha"),
    ], { databaseUrl: url });
    const rows =
      await sql`select s.name, o.priority from features_featuresegment o join segments_segment s on s.id = o.segment_id order by o.priority`;
    assert.deepEqual(rows.map((r) => [r["name"], r["priority"]]), [["zeta", 0], ["mid", 1], ["alpha", 2]]);
  });
});

Deno.test("apply() refuses overrides of one flag from two lists without priorities", async () => {
  const stdin = `version: '1.0'
segment_overrides:
  - {feature: f, project: Web, environment: Dev, segment: mid}
---
version: '1.0'
segment_overrides:
  - {feature: f, project: Web, environment: Dev, segment: alpha}
`;
  const { code, err } = await runCli(["validate", "-f", "-", "-q"], { stdin });
  assert.equal(code, 1);
  assert.equal(
    err,
    `<stdin>:7:59: error: The segment overrides of feature "f" in environment "Dev" come from two lists, so their order is not known [FP202]
  |
7 |   - {feature: f, project: Web, environment: Dev, segment: alpha}
  |                                                           ^~~~~
  = hint: Give each a "priority", or write them in one list. The other list is at <stdin>:3:59
1 error; nothing was changed.
`,
  );
});

Deno.test("apply() creates an identity that only an override names, and leaves a live one", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const override = (feature: string) => ({
      identity_overrides: [{
        feature,
        project: "Web",
        environment: "Dev",
        identifier: "alice",
        enabled: true,
      }],
    });
    const base = {
      ...BASE,
      environments: [{ name: "Dev", project: "Web" }],
      features: [{ name: "f", project: "Web" }, { name: "g", project: "Web" }],
    };
    await applyDocuments([{ ...base, ...override("f") }, override("g")], { databaseUrl: url });
    const [row] =
      await sql`select (select count(*) from environments_identity)::int as identities, (select count(*) from features_featurestate where identity_id is not null)::int as overrides`;
    assert.deepEqual({ ...row }, { identities: 1, overrides: 2 });
  });
});

Deno.test("apply() changes the state that is served, not one that is scheduled", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const flag = {
      organisations: [{ name: "O" }],
      projects: [{ name: "P", organisation: "O", environments: [{ name: "E" }], features: [{ name: "f" }] }],
    };
    await applyDocuments([flag], { databaseUrl: url });
    await sql`insert into features_featurestate (enabled, environment_id, feature_id, created_at, updated_at, live_from, version, uuid)
      select true, environment_id, feature_id, now(), now(), now() + interval '1 day', 2, gen_random_uuid() from features_featurestate`;
    const state = { feature: "f", project: "P", environment: "E", enabled: true, on_exists: "update" };
    await applyDocuments([{ feature_states: [state] }], { databaseUrl: url });
    const rows = await sql`select enabled, version from features_featurestate order by version`;
    assert.deepEqual(rows.map((row) => [row["version"], row["enabled"]]), [[1, true], [2, true]]);
  });
});

Deno.test("states and overrides may name options that the same run adds to a live flag", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const option = (value: string, key: string) => ({ value, key, percentage_allocation: 10 });
    const base = {
      organisations: [{ name: "O" }],
      projects: [{
        name: "P",
        organisation: "O",
        environments: [{ name: "E" }],
        segments: [{
          name: "s",
          rules: [{ type: "ALL", conditions: [{ property: "p", operator: "IS_SET" }] }],
        }],
        features: [{ name: "f", multivariate_options: [option("x", "blue")] }],
      }],
    };
    const more = {
      defaults: { on_exists: "update" },
      features: [{
        name: "f",
        project: "P",
        multivariate_options: [option("x", "blue"), option("y", "green")],
        environments: {
          E: {
            multivariate: [{ option: "green", percentage_allocation: 5 }],
            segment_overrides: [{ segment: "s", multivariate: [{ option: 2, percentage_allocation: 7 }] }],
          },
        },
      }],
    };
    await applyDocuments([base, more], { databaseUrl: url });
    const shares = await sql`
      select o.key, s.feature_segment_id is not null as overrides, v.percentage_allocation::int as share
      from multivariate_multivariatefeaturestatevalue v
      join features_featurestate s on s.id = v.feature_state_id
      join multivariate_multivariatefeatureoption o on o.id = v.multivariate_feature_option_id
      order by 1, 2`;
    assert.deepEqual(shares.map((row) => ({ ...row })), [
      { key: "blue", overrides: false, share: 10 },
      { key: "green", overrides: false, share: 5 },
      { key: "green", overrides: true, share: 7 },
    ]);
  });
});
