/** A column cannot go back to a value that somebody else's row holds by now, nor a share to one that is too much. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const BASE = {
  users: [{ email: "u@example.com", username: "one", password: "abcdefgh1" }],
  organisations: [{ name: "O", groups: [{ name: "G", external_id: "one" }] }],
  projects: [{
    name: "P",
    organisation: "O",
    environments: [{ name: "E" }],
    features: [
      { name: "one" },
      {
        name: "mv",
        multivariate_options: [
          { key: "a", value: "a", percentage_allocation: 60 },
          { key: "b", value: "b", percentage_allocation: 40 },
        ],
      },
    ],
  }],
};

const CHANGE = {
  defaults: { on_exists: "update" },
  users: [{ email: "u@example.com", username: "two" }],
  groups: [{ name: "G", organisation: "O", external_id: "two" }],
  features: [{ name: "two", project: "P", renamed_from: "one", description: "new" }],
  feature_states: [{
    feature: "mv",
    project: "P",
    environment: "E",
    multivariate: [{ option: "a", percentage_allocation: 10 }],
  }],
};

const STATE = `select (select json_agg(username order by id) from users_ffadminuser) as users,
  (select json_agg(external_id order by id) from users_userpermissiongroup) as groups,
  (select json_agg(name || coalesce(description, '') order by id) from features_feature) as features,
  (select json_agg(percentage_allocation order by id) from multivariate_multivariatefeaturestatevalue) as shares`;

Deno.test("teardown keeps what another row holds, and shares that would be too much, and takes back the rest", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([BASE], { databaseUrl: url });
    await applyDocuments([CHANGE], { databaseUrl: url });
    const [run] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
    await sql`insert into users_ffadminuser (password, is_superuser, username, email, first_name, last_name, is_staff,
      is_active, date_joined, marketing_consent_given, uuid)
      select password, false, 'one', 'o@example.com', '', '', false, true, now(), false, gen_random_uuid()
      from users_ffadminuser`;
    await sql`insert into users_userpermissiongroup (name, organisation_id, is_default, external_id)
      select 'other', id, false, 'one' from organisations_organisation`;
    await sql`insert into features_feature (name, created_date, project_id, default_enabled, type, is_archived, uuid,
      is_server_key_only) select 'ONE', now(), id, false, 'STANDARD', false, gen_random_uuid(), false
      from projects_project`;
    await sql`update multivariate_multivariatefeaturestatevalue set percentage_allocation = 90
      where percentage_allocation = 40`;
    const arguments_ = ["teardown", "--run", String(run?.["run_id"]), "--yes"];
    const { code, out, err } = await runCli(arguments_, { databaseUrl: url });
    assert.equal(code, 0, err);
    assert.match(out, /^Teardown complete: 0 deleted, \d restored\.$/m);
    assert.deepEqual(err.split("\n").filter((line) => line.startsWith("note: ")).sort(), [
      'note: features_feature.name keeps its value: another row holds the one that it had (feature "two" in project "P").',
      'note: multivariate_multivariatefeaturestatevalue.percentage_allocation keeps its value: with the one that it had, the shares would be more than 100 percent (feature state "E" in feature "mv").',
      'note: users_ffadminuser.username keeps its value: another row holds the one that it had (user "u@example.com").',
      'note: users_userpermissiongroup.external_id keeps its value: another row holds the one that it had (group "G" in organisation "O").',
    ]);
    assert.deepEqual({ ...(await sql.unsafe(STATE))[0] }, {
      users: ["two", "one"],
      groups: ["two", "one"],
      features: ["mv", "two", "ONE"],
      shares: [10, 90],
    });
    const again = await runCli(arguments_, { databaseUrl: url });
    assert.deepEqual([again.code, /Nothing|no active event/.test(again.err)], [0, true], again.err);
  });
});

Deno.test("teardown puts no row back that held a secret, nor what refers to it, and the others", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const options = [
      { key: "a", value: "${SEC}", percentage_allocation: 10 },
      { key: "b", value: "plain", percentage_allocation: 10 },
    ];
    const set = (multivariate_options: readonly object[], tags: readonly string[]) =>
      JSON.stringify({
        version: "1.0",
        defaults: { on_exists: "update" },
        organisations: [{ name: "O" }],
        projects: [{
          name: "P",
          organisation: "O",
          environments: [{ name: "E" }],
          tags: [{ label: "t" }],
          features: [{ name: "f", multivariate_options, tags }],
        }],
      });
    const run = async (stdin: string) => {
      const args = ["-f", "-", "--secret-env", "SEC"];
      const { code, err } = await runCli(args, { databaseUrl: url, stdin, env: { SEC: "CANARY" } });
      assert.equal(code, 0, err);
    };
    await run(set(options, ["t"]));
    await run(set(options.map(({ key }) => ({ key, value: "x", ensure: "absent" })), []));
    const [last] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
    const undo = async (...args: readonly string[]) => {
      const { code, err } = await runCli(["teardown", "--run", String(last?.["run_id"]), ...args], {
        databaseUrl: url,
      });
      assert.equal(code, 0, err);
      return err;
    };
    // Told before anything is done, and afterwards.
    const told = await undo("--dry-run");
    assert.deepEqual(told.split("\n").filter((line) => line !== "").sort(), [
      'note: 2 rows of multivariate_multivariatefeatureoption are not put back: the log holds no secrets (feature "f" in project "P").',
      'note: 2 rows of multivariate_multivariatefeaturestatevalue are not put back: what they belong to is not put back (feature "f" in project "P").',
    ]);
    assert.equal(await undo("--yes"), told);
    const [row] =
      await sql`select (select count(*)::int from multivariate_multivariatefeatureoption) as options,
      (select count(*)::int from multivariate_multivariatefeaturestatevalue) as shares,
      (select json_agg(tag_id) from features_feature_tags) as tags`;
    assert.deepEqual({ ...row }, { options: 0, shares: 0, tags: [1] });
  });
});
