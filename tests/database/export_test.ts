/** `export`: what it prints, and that applying it gives the same again. */
import assert from "node:assert/strict";
import { readOnly } from "../../src/database/ask.ts";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { exportOrganisation } from "../../src/export/export.ts";
import { type Given, type TestDatabase, withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { exportOf, exportResult, secretsOf } from "../support/export.ts";
import { quickHash } from "../support/password_hash.ts";
import { isFull } from "../support/property.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";
import { assertUntouched } from "../support/untouched.ts";
import { openTestSession } from "../support/session.ts";

const COMPANY = "tests/data/export/company.yaml";
const NAME = "Blue & Sons";

async function golden(name: string, text: string): Promise<void> {
  const path = new URL(`../golden/export/${name}`, import.meta.url);
  if (Deno.env.get("UPDATE_GOLDEN") === "1") await Deno.writeTextFile(path, text);
  assert.deepEqual(text.split("\n"), (await Deno.readTextFile(path)).split("\n"));
}

/** Applies a text, with a value for each secret that it asks for; words of progress are left out. */
async function apply(
  { url }: TestDatabase,
  text: string,
  ...args: readonly string[]
): Promise<CliResult> {
  const result = await runCli(["apply", "--file", "-", ...args], {
    databaseUrl: url,
    stdin: text,
    env: { ...secretsOf(text), DJANGO_SECRET_KEY: "not asked for" },
    io: { hash: quickHash },
  });
  return { ...result, err: result.err.replaceAll(/^Working: .*\n/gm, "") };
}

/** Applies files, which must succeed. */
async function applyFiles({ url }: TestDatabase, ...paths: readonly string[]): Promise<void> {
  const { code, err } = await runCli(["apply", ...paths.flatMap((path) => ["--file", path])], {
    databaseUrl: url,
    env: { E2E_PASSWORD: "correct horse" },
    io: { hash: quickHash },
  });
  assert.equal(code, 0, err);
}

const APPLIED: Given = { key: "export company", prepare: (database) => applyFiles(database, COMPANY) };

Deno.test("export writes an organisation with something of every kind, without what need not be said", async () => {
  await withDatabase({ given: APPLIED }, async (database) => {
    const { code, out, err } = await assertUntouched(database, () => exportResult(database.url, NAME));
    await golden("company.yaml", out);
    assert.equal(
      err,
      "note: Secrets are not exported. Before applying set ADA_EXAMPLE_COM_PASSWORD, CLEO_EXAMPLE_COM_PASSWORD, " +
        "BLUE_SONS_CI_CD_KEY, BLUE_SONS_TERRAFORM_KEY, WEB_PRODUCTION_BACKEND_KEY, WEB_PRODUCTION_OLD_KEY\n",
    );
    assert.equal(code, 0);
    assert.doesNotMatch(out + err, /correct horse|battery staple|pbkdf2|ser\.(one|two)|abcdefgh/);
  });
});

Deno.test("export --project writes one project, and of its organisation what the project names", async () => {
  await withDatabase({ given: APPLIED }, async (database) => {
    await golden("web.yaml", await exportOf(database.url, NAME, "--project", "Web"));
    await golden("api.yaml", await exportOf(database.url, NAME, "--project", "API"));
  });
});

for (
  const [path, organisation] of [
    [COMPANY, NAME],
    ["provisioning/demo", "Northwind Market"],
    ["provisioning/demo", "Larkspur Bank"],
    ["provisioning/e2e", "Bullet Train Ltd"],
    ["tests/data/shop", "Acme, Inc."],
  ] as const
) {
  Deno.test(`export of "${organisation}" that ${path} made, applied to an empty database, exports the same text`, async () => {
    let text = "";
    await withDatabase({}, async (database) => {
      const files = path.endsWith(".yaml")
        ? [path]
        : [...Deno.readDirSync(path)].filter(({ name }) => name.endsWith(".yaml")).map(({ name }) =>
          `${path}/${name}`
        );
      await applyFiles(database, ...files);
      text = await exportOf(database.url, organisation);
    });
    await withDatabase({}, async (database) => {
      const { code, err } = await apply(database, text);
      assert.deepEqual([code, err], [0, ""]);
      assert.deepEqual((await exportOf(database.url, organisation)).split("\n"), text.split("\n"));
      // The log now has the export's own content, so that nothing "differs".
      const again = await assertUntouched(database, () => apply(database, text));
      assert.match(again.out, /\nProvisioning complete: 0 created, \d+ skipped\.\n$/);
      assert.equal(again.err, "");
    });
  });
}

/** Makes the database look as if others had filled it. */
async function forgetLog({ sql }: TestDatabase): Promise<void> {
  await sql.unsafe("drop table provisioning_log; drop function provisioning_log_refuse");
}

Deno.test("applying an export to the database that it came from changes nothing, under every policy", async () => {
  await withDatabase({ given: APPLIED }, async (database) => {
    await forgetLog(database);
    const text = await exportOf(database.url, NAME);
    const before = await dumpTables(database.sql);
    const skip = await apply(database, text);
    assert.equal(skip.code, 0, skip.err);
    assert.match(skip.out, /\nProvisioning complete: 0 created, \d+ skipped\.\n$/);
    assert.equal(skip.err, "");
    const update = await apply(database, text, "--on-exists", "update");
    assert.equal(update.code, 0, update.err);
    const after = new Map(await dumpTables(database.sql));
    after.delete("provisioning_log");
    assert.deepEqual(after, before);
  });
});

Deno.test("export needs no right but SELECT", async () => {
  await withDatabase({ given: APPLIED }, async (database) => {
    const role = `reader_${database.name.slice(-16)}`;
    await database.sql.unsafe(
      `create role ${role} login; grant select on all tables in schema public to ${role}`,
    );
    try {
      const url = new URL(database.url);
      url.username = role;
      assert.equal(await exportOf(url.href, NAME), await exportOf(database.url, NAME));
    } finally {
      await database.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
    }
  });
});

/** A project of about `count` entities of several kinds. */
function projectOf(count: number): string {
  const each = Math.ceil(count / 5);
  const items = <T>(make: (at: number) => T): readonly T[] =>
    Array.from({ length: each }, (_, at) => make(at));
  return JSON.stringify({
    version: "1.0",
    organisations: [{ name: "O" }],
    projects: [{
      name: "P",
      organisation: "O",
      tags: items((at) => ({ label: `t${at}` })),
      environments: [{
        name: "Dev",
        identities: items((at) => ({ identifier: `i${at}`, traits: { number: at } })),
      }],
      segments: items((at) => ({
        name: `s${at}`,
        rules: [{ type: "ALL", conditions: [{ property: "p", operator: "EQUAL", value: `${at}` }] }],
      })),
      features: items((at) => ({
        name: `f${at}`,
        tags: [`t${at}`],
        environments: { Dev: { enabled: true, segment_overrides: [{ segment: `s${at}`, enabled: true }] } },
      })),
    }],
  });
}

/** A fifth of what `FULL_TESTS` take: statements that each took a part of the entities would show in both. */
const MANY = isFull() ? 10_000 : 2_000;

Deno.test(`export makes three round trips for 10 entities and for ${MANY}`, async () => {
  const seen: unknown[] = [];
  for (const count of [10, MANY]) {
    await withDatabase({}, async (database) => {
      const stdin = projectOf(count);
      const applied = await runCli(["apply", "--file", "-", "--quiet"], { databaseUrl: database.url, stdin });
      assert.equal(applied.code, 0, applied.err);
      const session = await openTestSession(database.url);
      try {
        const diagnostics = new Diagnostics();
        const selection = { organisation: "O", project: undefined };
        const { projects } = await exportOrganisation(readOnly(session, 10_000), selection, diagnostics);
        assert.deepEqual(diagnostics.sorted(), []);
        seen.push({ trips: session.roundTrips, entities: (projects[0]?.children.length ?? 0) >= count / 2 });
      } finally {
        await session.close();
      }
    });
  }
  const same = { trips: 3, entities: true };
  assert.deepEqual(seen, [same, same]);
});

/**
 * Publishes a copy of the version of flag 1 in environment 1 (`docs/flagsmith/versions.md#new-versions`), as a
 * dashboard does, at a time from now.
 */
function publish(uuid: string, when: string, value: string): string {
  return `
    create temporary table v as select * from feature_versioning_environmentfeatureversion where feature_id = 1 limit 1;
    update v set uuid = '${uuid}', published_at = now(), live_from = now() + interval '${when}';
    insert into feature_versioning_environmentfeatureversion select * from v;
    create temporary table s as select * from features_featurestate where feature_id = 1 and identity_id is null limit 1;
    update s set id = (select max(id) + 1 from features_featurestate), environment_feature_version_id = '${uuid}', uuid = gen_random_uuid(), version = null;
    insert into features_featurestate select * from s;
    insert into features_featurestatevalue (type, string_value, feature_state_id, uuid)
      select 'unicode', '${value}', id, gen_random_uuid() from s;
    drop table v; drop table s;`;
}

Deno.test("export says of versioned flags what the live version says, and what was live last elsewhere", async () => {
  await withDatabase({}, async (database) => {
    const file = (versioned: boolean) =>
      `version: '1.0'
organisations: [{ name: O }]
projects:
  - name: P
    organisation: O
    environments: [{ name: E, api_key: e, settings: { use_v2_feature_versioning: ${versioned} } }]
    features: [{ name: f, initial_value: first }]
`;
    await apply(database, file(true));
    const tail = async () => (await exportResult(database.url, "O")).out.replace(/^[^]*features:\n/, "");
    const one = (value: string) =>
      `      - name: f\n        initial_value: first\n        environments:\n          E: { value: ${value} }\n`;
    assert.equal(await tail(), "      - { name: f, initial_value: first }\n");
    await database.sql.unsafe(publish("00000000-0000-4000-8000-000000000001", "0 seconds", "second"));
    assert.equal(await tail(), one("second"));
    await database.sql.unsafe(publish("00000000-0000-4000-8000-000000000002", "1 day", "scheduled"));
    assert.equal(await tail(), one("second"));
    assert.match((await exportResult(database.url, "O")).err, /1 change of a flag is a draft or scheduled/);
    // Without versions, the state that went live last counts, whatever its number is.
    await database.sql.unsafe(`
      update environments_environment set use_v2_feature_versioning = false;
      update features_featurestate s set version = 9 - id, live_from = now() + (id - 3) * interval '1 hour', environment_feature_version_id = null`);
    assert.equal(await tail(), one("scheduled"));
  });
});
