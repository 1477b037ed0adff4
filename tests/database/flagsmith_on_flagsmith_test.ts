/** The `flagsmith-on-flagsmith` set against what Flagsmith reads: every flag, and none of them changes anything. */
import assert from "node:assert/strict";
import type { Sql } from "postgres";
import { withDatabase } from "../support/database.ts";
import { runCli } from "../support/run_cli.ts";

const SET = ["--preset", "flagsmith-on-flagsmith"];

/** What a flag says. */
interface State {
  readonly enabled: boolean;
  readonly value: string | null;
  readonly options: readonly { key: string; value: string; percentage_allocation: number }[];
}

/** A flag that Flagsmith's own sources read. */
interface ReadFlag {
  readonly name: string;
  /** Files of the dashboard and of the API that read it. */
  readonly dashboard: readonly string[];
  readonly api: readonly string[];
  /** What the API's bundled file says. */
  readonly bundled?: State;
  /** What the dashboard takes for a missing flag, where that is not "off, without a value". */
  readonly neutral?: { readonly enabled: boolean; readonly value: null; readonly reason: string };
}

const { flags }: { flags: readonly ReadFlag[] } = JSON.parse(
  await Deno.readTextFile(new URL("../data/flagsmith_flags.json", import.meta.url)),
);

async function applySet(url: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const { code, err } = await runCli([...SET, "--strict"], { databaseUrl: url, env });
  assert.equal(code, 0, err);
}

Deno.test("the flags that Flagsmith reads are on record with a reader each, and the API's with their bundled state", () => {
  assert.ok(flags.length > 50, String(flags.length));
  for (const { name, dashboard, api, bundled } of flags) {
    assert.ok(dashboard.length + api.length > 0, name);
    if (api.length > 0) assert.notEqual(bundled, undefined, name);
  }
});

Deno.test("the set holds every flag that dashboard and API read, and no other", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applySet(url);
    const rows = await sql<{ name: string }[]>`select name from features_feature`;
    assert.deepEqual(rows.map((row) => row.name).sort(), flags.map((flag) => flag.name).sort());
  });
});

Deno.test("only flags that nothing but the API reads are kept from client-side keys", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applySet(url);
    const rows = await sql<{ name: string }[]>`select name from features_feature where is_server_key_only`;
    const wanted = flags.filter((flag) => flag.dashboard.length === 0).map((flag) => flag.name);
    assert.deepEqual(rows.map((row) => row.name).sort(), wanted.sort());
    // Where disabled flags are hidden, the API forgets to keep them from client-side keys
    // (`docs/flagsmith/keys.md#environment-keys`).
    assert.deepEqual([...await sql`select 1 from environments_environment where hide_disabled_flags`], []);
    assert.deepEqual([...await sql`select 1 from projects_project where hide_disabled_flags`], []);
  });
});

/** Default states by environment and flag. */
async function statesOf(sql: Sql): Promise<readonly { environment: string; name: string; state: State }[]> {
  const rows = await sql<
    { environment: string; name: string; enabled: boolean; type: string; value: string | null }[]
  >`
    select e.name as environment, f.name, s.enabled, v.type, v.string_value as value
    from features_featurestate s join features_feature f on f.id = s.feature_id
    join environments_environment e on e.id = s.environment_id join features_featurestatevalue v on v.feature_state_id = s.id
    order by 1, 2`;
  const options = await sql<
    { environment: string; name: string; key: string; value: string; percentage: number }[]
  >`
    select e.name as environment, f.name, o.key, o.string_value as value, m.percentage_allocation as percentage
    from multivariate_multivariatefeaturestatevalue m join features_featurestate s on s.id = m.feature_state_id
    join multivariate_multivariatefeatureoption o on o.id = m.multivariate_feature_option_id
    join features_feature f on f.id = s.feature_id join environments_environment e on e.id = s.environment_id`;
  return rows.map(({ environment, name, enabled, type, value }) => {
    assert.equal(type, "unicode", name);
    return {
      environment,
      name,
      state: {
        enabled,
        value,
        options: options.filter((o) => o.environment === environment && o.name === name)
          .map((o) => ({ key: o.key, value: o.value, percentage_allocation: o.percentage })),
      },
    };
  });
}

Deno.test("what the API reads is as in the file that it is shipped with, and what only the dashboard reads is as if missing", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applySet(url);
    const states = await statesOf(sql);
    assert.equal(states.length, 2 * flags.length);
    for (const { environment, name, state } of states) {
      const flag = flags.find((f) => f.name === name);
      const wanted = flag?.bundled ?? { enabled: flag?.neutral?.enabled ?? false, value: null, options: [] };
      assert.deepEqual(state, wanted, `${name} in ${environment}`);
    }
  });
});

Deno.test("a flag that both read is off and empty in the bundled file, so one state can serve both", () => {
  const both = flags.filter((flag) => flag.dashboard.length > 0 && flag.bundled !== undefined);
  assert.ok(both.length > 0);
  for (const { name, bundled, neutral } of both) {
    assert.equal(neutral, undefined, name);
    assert.equal(bundled?.enabled, false, name);
    assert.ok(!bundled?.value, name);
    assert.ok(bundled?.options.every((o) => o.percentage_allocation === 0), name);
  }
});

Deno.test("the set hands out every variable on each run: chosen keys where they are given, keys of its own otherwise", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (
      const env of [{ FOF_CLIENT_KEY: "", FOF_SERVER_KEY: "" }, {
        FOF_CLIENT_KEY: "chosen-client-key",
        FOF_SERVER_KEY: "ser.chosen-server-key",
        FOF_API_URL: "https://flags.example.com/api/v1/",
        FOF_SERVER_API_URL: "http://api:8000/api/v1/",
        FOF_SERVER_EVENTS_API_URL: "http://events:8000/api/v1/",
      }]
    ) {
      await withDatabase({}, async ({ sql, url }) => {
        const path = `${folder}/outputs.env`;
        const read = async (world: Readonly<Record<string, string>>) => {
          const args = [...SET, "--strict", "--outputs", path, "--outputs-format", "env"];
          const { code, out, err } = await runCli(args, { databaseUrl: url, env: world });
          assert.equal(code, 0, err);
          const lines = (await Deno.readTextFile(path)).split("\n").filter((line) =>
            line.startsWith("FLAGSMITH_ON_")
          );
          return { out, variables: Object.fromEntries(lines.map((line) => line.split(/=(.*)/).slice(0, 2))) };
        };
        const first = await read(env);
        const [row] = await sql<{ client: string; server: string }[]>`
          select e.api_key as client, k.key as server from environments_environmentapikey k
          join environments_environment e on e.id = k.environment_id where e.name = 'Production'`;
        const { FOF_CLIENT_KEY: client, FOF_SERVER_KEY: server, FOF_API_URL: address } = env;
        if (client !== "") assert.deepEqual({ ...row }, { client, server });
        assert.deepEqual(first.variables, {
          FLAGSMITH_ON_FLAGSMITH_API_KEY: row?.client,
          FLAGSMITH_ON_FLAGSMITH_SERVER_KEY: row?.server,
          FLAGSMITH_ON_FLAGSMITH_API_URL: address ?? "http://localhost:8000/api/v1/",
          FLAGSMITH_ON_FLAGSMITH_SERVER_OFFLINE_MODE: "False",
          FLAGSMITH_ON_FLAGSMITH_SERVER_API_URL: env.FOF_SERVER_API_URL ?? "http://localhost:8000/api/v1/",
          ...(env.FOF_SERVER_EVENTS_API_URL === undefined
            ? {}
            : { FLAGSMITH_ON_FLAGSMITH_SERVER_EVENTS_API_URL: env.FOF_SERVER_EVENTS_API_URL }),
        });
        assert.ok(!first.out.includes(row?.server ?? ""), first.out);
        await Deno.remove(path);
        assert.deepEqual((await read(env)).variables, first.variables);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the set makes its organisation's administrator only when nobody else has, and goes with the bootstrap set", async () => {
  const env = { ADMIN_EMAIL: "owner@example.com", ORGANISATION_NAME: "Acme Corp" };
  const users = async (sql: Sql) =>
    (await sql<{ email: string; superuser: boolean; organisations: string[] }[]>`
      select u.email, u.is_superuser as superuser, array_agg(o.name order by o.name) as organisations
      from users_ffadminuser u join organisations_userorganisation m on m.user_id = u.id and m.role = 'ADMIN'
      join organisations_organisation o on o.id = m.organisation_id group by 1, 2`).map((row) => ({
      ...row,
    }));
  await withDatabase({}, async ({ sql, url }) => {
    await applySet(url, env);
    assert.deepEqual(await users(sql), [
      { email: "owner@example.com", superuser: false, organisations: ["Flagsmith"] },
    ]);
  });
  await withDatabase({}, async ({ sql, url }) => {
    const { code, err } = await runCli(["--preset", "bootstrap", ...SET], { databaseUrl: url, env });
    assert.equal(code, 0, err);
    assert.deepEqual(await users(sql), [
      { email: "owner@example.com", superuser: true, organisations: ["Acme Corp", "Flagsmith"] },
    ]);
  });
});
