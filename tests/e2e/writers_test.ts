/** Runs of the program while the application writes to the same tables: SDKs that bring identities, a dashboard that makes flags. */
import assert from "node:assert/strict";
import type { Sql, TransactionSql } from "postgres";
import { assertAllDone, ROUNDS } from "../support/crowd.ts";
import { withDatabase } from "../support/database.ts";
import { ended, start } from "../support/program.ts";

const IDENTITIES = 200;
const FEATURES = 60;

/** `wave` renames nothing: it says which features and traits are new. */
function document(wave: number): string {
  const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);
  return JSON.stringify({
    version: "1.0",
    defaults: { on_exists: "update" },
    organisations: [{ name: "Acme Corp" }],
    projects: [{
      name: "Web App",
      organisation: "Acme Corp",
      environments: [{
        name: "Development",
        api_key: "key-of-development",
        identities: numbers(IDENTITIES).map((at) => ({
          identifier: `user-${wave}-${at}`,
          traits: { plan: "pro", age: at },
        })),
      }, { name: `Environment ${wave}` }],
      features: numbers(FEATURES).map((at) => ({ name: `flag_${wave}_${at}`, initial_value: "1" })),
    }],
  });
}

/** What an SDK's request for an identity with a trait writes (`get_or_create` of the identity, then its traits). */
async function identify(sql: TransactionSql, identifier: string): Promise<void> {
  const [environment] =
    await sql`select id from environments_environment where api_key = 'key-of-development'`;
  if (environment === undefined) return;
  const found = await sql`select id from environments_identity
    where environment_id = ${environment["id"]} and identifier = ${identifier}`;
  const [identity] = found.length > 0 ? found : await sql`
    insert into environments_identity (identifier, created_date, environment_id, system_traits)
    values (${identifier}, now(), ${environment["id"]}, '{}') returning id`;
  await sql`insert into environments_trait (trait_key, value_type, string_value, created_date, identity_id)
    select 'plan', 'unicode', 'free', now(), ${identity?.["id"]} where not exists
      (select from environments_trait where identity_id = ${identity?.["id"]} and trait_key = 'plan')`;
}

/** What the dashboard's request for a new flag writes: the flag, and its state with a value in every environment. */
async function makeFeature(sql: TransactionSql, name: string): Promise<void> {
  const [feature] = await sql`
    insert into features_feature (name, created_date, project_id, default_enabled, type, is_archived, is_server_key_only, uuid, initial_value)
    select ${name}, now(), id, false, 'STANDARD', false, false, gen_random_uuid(), '1' from projects_project where name = 'Web App' returning id`;
  if (feature === undefined) return;
  await sql`with states as (
      insert into features_featurestate (enabled, environment_id, feature_id, created_at, live_from, updated_at, version, uuid)
      select false, e.id, ${feature["id"]}, now(), now(), now(), 1, gen_random_uuid()
      from environments_environment e join projects_project p on p.id = e.project_id where p.name = 'Web App' and e.deleted_at is null
      returning id)
    insert into features_featurestatevalue (type, string_value, feature_state_id, uuid)
    select 'unicode', '1', id, gen_random_uuid() from states`;
}

/** Requests one after another until told to stop, of which some may fail with these codes; gives how many did not. */
async function writer(
  sql: Sql,
  over: () => boolean,
  lost: readonly string[],
  request: (sql: TransactionSql) => Promise<void>,
): Promise<number> {
  let done = 0;
  while (!over()) {
    try {
      await sql.begin(request);
      done += 1;
    } catch (error) {
      const code: unknown = Reflect.get(Object(error), "code");
      if (!lost.includes(String(code))) throw error;
    }
  }
  return done;
}

/** Rows that stand for the same thing. */
async function doubles(sql: Sql): Promise<readonly unknown[]> {
  return await sql`
    select 'identity' as what, identifier as name from environments_identity group by environment_id, identifier having count(*) > 1
    union all select 'feature', lower(name) from features_feature where deleted_at is null group by project_id, lower(name) having count(*) > 1
    union all select 'state', f.name from features_featurestate s join features_feature f on f.id = s.feature_id
      where s.identity_id is null and s.feature_segment_id is null and s.deleted_at is null group by s.environment_id, f.name having count(*) > 1
    union all select 'trait', trait_key from environments_trait group by identity_id, trait_key having count(*) > 1`;
}

/**
 * What a request may lose with: beside an apply only because the flag or identity has come meanwhile. A reset also takes
 * away what the request refers to, and may then block it until PostgreSQL ends one of them.
 */
const LOSSES = [["apply", ["23505"]], ["reset", ["23505", "23503", "40P01"]]] as const;

for (const [command, lost] of LOSSES) {
  Deno.test(`${command} succeeds while SDKs bring the identities and a dashboard the flags that it makes`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      const folder = await Deno.makeTempDir();
      try {
        const run = async (wave: number) => {
          const file = `${folder}/${wave}.json`;
          await Deno.writeTextFile(file, document(wave));
          return await ended(start([command, "--file", file], { env: { DATABASE_URL: url } }));
        };
        const first = await run(0);
        assertAllDone([first], "alone");
        for (let wave = 1; wave <= ROUNDS + 1; wave++) {
          let over = false;
          let at = 0;
          const wanted = wave;
          const next = () => at++;
          const writers = [
            // From the other end than the program writes them, so that both meet in the middle.
            writer(
              sql,
              () => over,
              lost,
              (t) => identify(t, `user-${wanted}-${IDENTITIES - 1 - next() % IDENTITIES}`),
            ),
            writer(sql, () => over, lost, (t) => identify(t, `stranger-${wanted}-${next()}`)),
            writer(
              sql,
              () => over,
              lost,
              (t) => makeFeature(t, `flag_${wanted}_${FEATURES - 1 - next() % FEATURES}`),
            ),
          ];
          const result = await run(wave).finally(() => {
            over = true;
          });
          const done = await Promise.all(writers);
          assertAllDone([result], `wave ${wave}`);
          assert.ok(done.every((count) => count > 0), `wave ${wave}: ${done}`);
          assert.deepEqual([...await doubles(sql)], [], `wave ${wave}`);
          const [row] = await sql`select
            (select count(*)::int from environments_identity where identifier like ${`user-${wave}-%`}) as identities,
            (select count(*)::int from features_feature where name like ${`flag_${wave}_%`} and deleted_at is null) as features`;
          assert.equal(row?.["identities"], IDENTITIES, `wave ${wave}`);
          assert.equal(row?.["features"], FEATURES, `wave ${wave}`);
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  });
}
