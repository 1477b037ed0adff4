/** A planted canary in each secret: found in no byte of output, errors or log, on success and on each way to fail. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";

const CANARY = "c4naryB1rd";
const SEALED = "W8pQ2vX9rT5nLk3J";

/** Where secrets stand; each value holds the canary. */
const GOOD = `version: '1.0'
app_domain: flags.example.com
users:
  - {email: one@example.com, password: ${CANARY}-password}
  - {email: two@example.com, password_hash: 'pbkdf2_sha256$1000$${CANARY}$${"A".repeat(43)}='}
  - email: three@example.com
    password: !file FOLDER/password
  - {email: four@example.com, password: '\${SECRET_PASSWORD:${CANARY}-default}', first_name: '\${SECRET_NAME}'}
organisations:
  - {name: Acme}
master_api_keys:
  - {name: CI, organisation: Acme, key: abcdefgh.${CANARY}${CANARY}${CANARY}}
projects:
  - name: Web
    organisation: Acme
    environments:
      - name: Development
        description: '\${SECRET_NAME}'
        server_side_environment_keys: [{name: backend, key: ser.${CANARY}${CANARY}}]
    features: [{name: f, description: '\${SECRET_NAME}', initial_value: '\${SECRET_NAME}'}]
`;

const ENV = {
  SECRET_NAME: `${CANARY}-name`,
  SECRET_PASSWORD: `${CANARY}-variable`,
  DJANGO_SECRET_KEY: `${CANARY}-django`,
};
const FLAGS = ["--secret-env", "SECRET_NAME", "--secret-env", "SECRET_PASSWORD"];

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/password`, `${CANARY}-file\n`);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function assertSilent(result: CliResult, what: string): void {
  // The chosen master key is what the run hands out, once, on purpose.
  const out = result.out.replaceAll(`abcdefgh.${CANARY}${CANARY}${CANARY}`, "");
  assert.ok(!out.includes(CANARY), `${what}: ${out}`);
  assert.ok(!result.err.includes(CANARY), `${what}: ${result.err}`);
}

for (
  const more of [[], ["--format", "json"], ["--format", "jsonl"], ["--quiet"], ["--verbose"], ["--dry-run"], [
    "--outputs",
    "FOLDER/outputs.json",
  ]]
) {
  Deno.test(`apply ${more.join(" ")} keeps secrets out of output and log`, async () => {
    await withFolder(async (folder) => {
      await withDatabase({}, async ({ sql, url }) => {
        const args = [...FLAGS, "-f", "-", ...more.map((arg) => arg.replace("FOLDER", folder))];
        const result = await runCli(args, {
          databaseUrl: url,
          env: ENV,
          stdin: GOOD.replace("FOLDER", folder),
        });
        assert.equal(result.code, 0, result.err);
        assertSilent(result, more.join(" "));
        if (more.includes("--dry-run")) return;
        const again = await runCli([...args, "--on-exists", "update"], {
          databaseUrl: url,
          env: { ...ENV, SECRET_NAME: `${CANARY}-changed` },
          stdin: GOOD.replace("FOLDER", folder),
        });
        assert.equal(again.code, 0, again.err);
        assertSilent(again, "update");
        const [log] =
          await sql`select string_agg(l::text, ' ') as text, count(*)::int as events from provisioning_log l`;
        assert.ok(Number(log?.["events"]) > 8);
        assert.ok(!String(log?.["text"]).includes(CANARY), String(log?.["text"]));
      });
    });
  });
}

/** Mistakes on the same line as a secret, beside it, and in the way it is written. */
const BROKEN: Readonly<Record<string, string>> = {
  "a mistake on the same line": `users:\n  - {email: broken, password: ${CANARY}}\n`,
  "an unknown key on the same line": `users:\n  - {email: a@example.com, pasword: ${CANARY}}\n`,
  "an unknown key on the line before":
    `users:\n  - email: a@example.com\n    is_superusr: true\n    password: ${CANARY}\n`,
  "a secret that is a list": `users:\n  - {email: a@example.com, password: [${CANARY}]}\n`,
  "a secret that is a mapping": `users:\n  - email: a@example.com\n    password:\n      value: ${CANARY}\n`,
  "a key given twice": `users:\n  - {email: a@example.com, password: ${CANARY}, password: ${CANARY}}\n`,
  "an unclosed quote": `users:\n  - email: a@example.com\n    password: '${CANARY}\n`,
  "an unclosed bracket": `users:\n  - {email: a@example.com, password: ${CANARY}\norganisations: []\n`,
  "bad indentation": `users:\n  - email: a@example.com\n     password: ${CANARY}\n`,
  "a block text": `users:\n  - email: a@example.com\n    password: |\n    ${CANARY}\n`,
  "a secret in place of a tag": `users:\n  - {email: a@example.com, password: !${CANARY} x}\n`,
  "an alias": `users:\n  - email: a@example.com\n    password: *${CANARY}\n`,
  "a malformed hash": `users:\n  - {email: a@example.com, password_hash: ${CANARY}}\n`,
  "a malformed master key": `master_api_keys:\n  - {name: CI, organisation: Acme, key: ${CANARY}}\n`,
  "a malformed server-side key":
    `server_side_environment_keys:\n  - {name: k, project: P, environment: E, key: ${CANARY}}\n`,
  "a secret variable in an identity": "organisations:\n  - name: '${SECRET_NAME}'\n",
  "a secret variable in a choice":
    "organisations:\n  - name: Acme\n    members: [{email: a@example.com, role: '${SECRET_NAME}'}]\n",
  "a secret variable in a number":
    "organisations:\n  - name: Acme\n    subscription: {seats: '${SECRET_NAME}'}\n",
  "a secret default in a broken interpolation":
    `users:\n  - {email: a@example.com, password: '\${PASSWORD:${CANARY}'}\n`,
  "a shell default": `users:\n  - {email: a@example.com, password: '\${PASSWORD:-${CANARY}}'}\n`,
  "a secret too long": `users:\n  - {email: a@example.com, password_hash: ${CANARY.repeat(20)}}\n`,
  "a NUL in a secret": `users:\n  - {email: a@example.com, password: "${CANARY}\\0"}\n`,
  "a secret under an unknown list": `secrets:\n  - {password: ${CANARY}}\n`,
  "a file that is a secret in an identity": "organisations:\n  - name: !file FOLDER/password\n",
  "a condition":
    "segments:\n  - name: s\n    project: P\n    rules: [{type: ALL, conditions: [{property: p, operator: GREATER_THAN, value: '${SECRET_NAME}'}]}]\n",
};

for (const [what, text] of Object.entries(BROKEN)) {
  Deno.test(`errors show no secret: ${what}`, async () => {
    await withFolder(async (folder) => {
      for (const command of [["validate"], ["validate", "--format", "json"]]) {
        const result = await runCli([...command, ...FLAGS, "-f", "-"], {
          env: ENV,
          stdin: `version: '1.0'\n${text.replace("FOLDER", folder)}`,
        });
        assert.equal(result.code, 1, result.out);
        assertSilent(result, what);
      }
    });
  });
}

Deno.test("errors of the database show no secret", async () => {
  await withDatabase({}, async ({ sql, url, name }) => {
    const stdin =
      `version: '1.0'\nusers: [{email: a@example.com, password: ${CANARY}, username: ${SEALED}}]\n`;
    const run = (databaseUrl: string, ...args: readonly string[]) =>
      runCli(["-f", "-", ...args], { databaseUrl, stdin, env: ENV });
    const wrongPassword = new URL(url);
    wrongPassword.password = CANARY;
    wrongPassword.pathname = `/${name}_missing`;
    const results = [
      await run(`postgres://u:${CANARY}@127.0.0.1:1/d`),
      await run(`postgres://u:${CANARY}@[broken/d`),
      await run(wrongPassword.href),
    ];
    await sql.unsafe(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''row %'', NEW; END'",
    );
    await sql.unsafe(
      "CREATE TRIGGER refuse BEFORE INSERT ON users_ffadminuser FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    results.push(await run(url));
    await sql.unsafe(
      "DROP TRIGGER refuse ON users_ffadminuser; ALTER TABLE users_ffadminuser ADD CONSTRAINT short CHECK (length(password) < 5)",
    );
    results.push(await run(url));
    for (const result of results) {
      assert.notEqual(result.code, 0);
      assertSilent(result, "database");
      assert.ok(!`${result.out}${result.err}`.includes(SEALED), result.err);
    }
  });
});
