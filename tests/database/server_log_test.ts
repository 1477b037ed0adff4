/** No secret becomes text of a statement: neither the server's log nor `pg_stat_activity` ever shows one. */
import assert from "node:assert/strict";
import postgres from "postgres";
import { withLoggedServer } from "../support/logged_server.ts";
import { ended, start } from "../support/program.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const SERVER_KEY = "ser.CANARYserverkey00001";
const SECRET = /CANARY|pbkdf2_sha256/;
const ENV = { SEC: "CANARYvalue" };
const ARGS = ["--secret-env", "SEC", "--lock-timeout", "500ms", "-q"];

/** Secrets of every sort: a password and a chosen key, values from a secret variable in a text, a document and a row. */
const DOCUMENT = JSON.stringify({
  version: "1.0",
  users: [{ email: "a@example.com", password: "CANARYpassword1", first_name: "Taken" }],
  organisations: [{ name: "Acme" }],
  projects: [{
    name: "Web",
    organisation: "Acme",
    environments: [{ name: "Production", server_side_environment_keys: [{ name: "CI", key: SERVER_KEY }] }],
    features: [{ name: "flag", initial_value: "${SEC}" }],
    segments: [{
      name: "s",
      rules: [{
        type: "ALL",
        rules: [{ type: "ANY", conditions: [{ property: "p", operator: "EQUAL", value: "${SEC}" }] }],
      }],
    }],
  }],
});

Deno.test("a statement holds no secret when it waits, times out, violates a constraint or is interrupted", async () => {
  await withLoggedServer(async (url, log) => {
    const sql = postgres(url, { max: 2, onnotice: () => {} });
    const file = await Deno.makeTempFile({ suffix: ".yaml" });
    await Deno.writeTextFile(file, DOCUMENT);
    const run = () => runCli(["-f", file, ...ARGS], { databaseUrl: url, env: ENV });
    /** The statement that a session of the tool waits in. */
    const waiting = async (): Promise<string> => {
      for (;;) {
        const [row] = await sql`select query from pg_stat_activity
          where application_name like 'flagsmith-provision%' and wait_event_type = 'Lock'`;
        if (row !== undefined) return String(row["query"]);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    try {
      for (const signal of [false, true]) {
        const ending = Promise.withResolvers<number>();
        await sql.begin(async (other) => {
          await other`lock table users_ffadminuser in share mode`;
          if (signal) {
            const args = ["-f", file, "--secret-env", "SEC", "-q"];
            const process = start(args, { env: { ...ENV, DATABASE_URL: url } });
            const query = await waiting();
            assert.match(query, /INSERT INTO/);
            assert.doesNotMatch(query, SECRET);
            process.kill("SIGTERM");
            ending.resolve((await ended(process)).code);
          } else {
            const running = run();
            assert.doesNotMatch(await waiting(), SECRET);
            ending.resolve((await running).code);
          }
        });
        assert.equal(await ending.promise, signal ? 143 : 75);
      }
      // A value that is no secret is taken: the row with it fails, with all secrets in the same script.
      await applyDocuments([{ users: [{ email: "b@example.com", first_name: "Taken" }] }], {
        databaseUrl: url,
      });
      await sql`create unique index taken on users_ffadminuser (first_name)`;
      assert.notEqual((await run()).code, 0);
      const text = await log();
      for (
        const error of [
          "canceling statement due to lock timeout",
          "canceling statement due to user request",
          "duplicate key",
        ]
      ) {
        assert.ok(text.includes(error), `${error}\n${text.slice(-2000)}`);
      }
      assert.ok(text.includes("INSERT INTO"), "the log holds statements that failed");
      assert.doesNotMatch(text, SECRET);
      // They arrive all the same.
      await sql`drop index taken`;
      assert.equal((await run()).code, 0);
      const [row] = await sql`select (select key from environments_environmentapikey) as key,
        (select initial_value from features_feature) as value, (select password like 'pbkdf2_sha256$%' from users_ffadminuser where email = 'a@example.com') as hashed`;
      assert.deepEqual({ ...row }, { key: SERVER_KEY, value: "CANARYvalue", hashed: true });
      assert.doesNotMatch(await log(), SECRET);
    } finally {
      await sql.end();
      await Deno.remove(file);
    }
  });
});
