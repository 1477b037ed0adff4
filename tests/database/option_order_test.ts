/** Options that are told by their keys stand in the order of their ids: the order in a file says nothing of a live flag. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { exportOf } from "../support/export.ts";
import { mergedText } from "../support/export_merge.ts";
import { runCli } from "../support/run_cli.ts";

const file = (...options: readonly string[]): string =>
  `version: "1.0"
organisations: [{ name: O }]
projects:
  - name: P
    organisation: O
    environments: [{ name: Dev }]
    features:
      - name: f
        multivariate_options:
${options.map((option) => `          - ${option}\n`).join("")}`;

const [A, B] = [
  "{ key: a, value: A, percentage_allocation: 20 }",
  "{ key: b, value: B, percentage_allocation: 30 }",
];
const NEW = "{ key: c, value: C, percentage_allocation: 5 }";

Deno.test("plan, status and apply take another order of options for the same, under each policy, and export gives the live one", async () => {
  await withDatabase({}, async ({ url }) => {
    const run = async (text: string, ...args: readonly string[]): Promise<string> => {
      const { code, out, err } = await runCli([...args, "-f", "-"], { databaseUrl: url, stdin: text });
      assert.equal(code, 0, err);
      return out;
    };
    await run(file(A, B), "apply");
    const before = await exportOf(url, "O");
    for (const policy of ["skip", "update", "fail"]) {
      assert.equal(await run(file(B, A), "plan", "--on-exists", policy), "Nothing to do.\n", policy);
      assert.match(await run(file(B, A), "apply", "--on-exists", policy), / 0 created, 4 skipped/, policy);
      assert.equal(await run(file(B, A), "status"), "Status: 4 in sync.\n", policy);
    }
    assert.equal(await exportOf(url, "O"), before);
    assert.match(before, /key: a[^]*key: b/);
  });
});

Deno.test("a file that only orders options otherwise is not what status calls changed", async () => {
  await withDatabase({}, async ({ url, sql }) => {
    const status = async (text: string): Promise<string> =>
      (await runCli(["status", "-f", "-"], { databaseUrl: url, stdin: text })).out;
    const { code, err } = await runCli(["-f", "-"], { databaseUrl: url, stdin: file(A, B) });
    assert.equal(code, 0, err);
    await sql`update multivariate_multivariatefeatureoption set default_percentage_allocation = 40 where key = 'b'`;
    assert.equal(await status(file(B, A)), await status(file(A, B)));
  });
});

Deno.test("export --merge-into leaves the order of options as the file has it", async () => {
  // What has the first id is b now.
  const order = "update multivariate_multivariatefeatureoption set key = key || '_'; " +
    "update multivariate_multivariatefeatureoption set key = case key when 'b_' then 'a' else 'b' end, " +
    "string_value = case key when 'b_' then 'A' else 'B' end, default_percentage_allocation = case key when 'b_' then 20 else 30 end";
  const shares =
    "insert into multivariate_multivariatefeaturestatevalue (feature_state_id, multivariate_feature_option_id, percentage_allocation, uuid) " +
    "select s.id, o.id, 0, gen_random_uuid() from features_featurestate s, multivariate_multivariatefeatureoption o where not exists " +
    "(select from multivariate_multivariatefeaturestatevalue m where m.multivariate_feature_option_id = o.id); " +
    "update multivariate_multivariatefeaturestatevalue m set percentage_allocation = o.default_percentage_allocation " +
    "from multivariate_multivariatefeatureoption o where o.id = m.multivariate_feature_option_id";
  const merged = (change: string) => mergedText(text, `${order}; ${change}; ${shares}`);
  const text = file(A, B);
  const same = await merged("select 1");
  assert.deepEqual(
    [same.code, same.out, same.text],
    [0, "Merge complete: 0 changed, 0 added.\n", text],
    same.err,
  );
  const changed = await merged(
    "update multivariate_multivariatefeatureoption set default_percentage_allocation = 40 where key = 'b'",
  );
  assert.equal(changed.text, text.replace("30", "40"));
  const more = await merged(
    `insert into multivariate_multivariatefeatureoption (type, string_value, default_percentage_allocation, feature_id, uuid, key)
      select type, 'C', 5, feature_id, gen_random_uuid(), 'c' from multivariate_multivariatefeatureoption limit 1`,
  );
  assert.equal(more.text, file(A, B, NEW.replace(/(key: \w), (value: \w)/, "$2, $1")));
});
