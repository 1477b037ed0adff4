/** A planted canary in each secret: found in no byte of output, errors or log, on success and on each way to fail. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { quickHash } from "../support/password_hash.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";

const CANARY = "c4naryB1rd";

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
  - {name: Acme, description: '\${SECRET_NAME}', settings: {force_2fa: false}}
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
    tags: [{label: t, description: '\${SECRET_NAME}'}]
    segments: [{name: s, rules: [{type: ALL, conditions: [{property: '\${SECRET_NAME}', operator: EQUAL, value: '\${SECRET_NAME}'}]}]}]
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
    await Deno.writeTextFile(`${folder}/regex`, `(?P<${CANARY}>x)(?P<${CANARY}>y)`);
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
          io: { hash: quickHash },
        });
        assert.equal(result.code, 0, result.err);
        assertSilent(result, more.join(" "));
        if (more.includes("--dry-run")) return;
        const again = await runCli([...args, "--on-exists", "update"], {
          databaseUrl: url,
          env: { ...ENV, SECRET_NAME: `${CANARY}-changed` },
          // The rules of a live segment cannot be changed.
          stdin: GOOD.replace("FOLDER", folder).replace(/^ +segments:.*\n/m, ""),
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

for (const format of ["text", "json", "jsonl"]) {
  Deno.test(`plan, status, adopt and log keep secrets out of their ${format}, and plan out of its file`, async () => {
    await withFolder(async (folder) => {
      await withDatabase({}, async ({ sql, url }) => {
        const all = GOOD.replace("FOLDER", folder);
        const run = async (command: readonly string[], stdin: string, name: string) => {
          const result = await runCli([...command, ...FLAGS, "-f", "-"], {
            databaseUrl: url,
            env: { ...ENV, SECRET_NAME: name },
            stdin,
            io: { hash: quickHash },
          });
          assert.equal(result.code, 0, result.err);
          assertSilent(result, command.join(" "));
          return result;
        };
        const looks = async (stdin: string, name: string) => {
          const file = `${folder}/plan.json`;
          const shown = ["--verbose", "--format", format];
          await run(["plan", ...shown, "--out", file, "--on-exists", "update"], stdin, name);
          assert.ok(!(await Deno.readTextFile(file)).includes(CANARY));
          await run(["status", ...shown], stdin, name);
          await run(["adopt", ...shown, "--dry-run"], stdin, name);
        };
        const few = all.replace(/^ +segments:.*\n/m, "");
        await looks(all, `${CANARY}-name`);
        await run(["apply", "--quiet"], all, `${CANARY}-name`);
        await looks(few, `${CANARY}-name`);
        await looks(few, `${CANARY}-other`);
        await looks(few, "public");
        assertSilent(
          await runCli(["log", "--verbose", "--limit", "all", "--format", format], { databaseUrl: url }),
          "log",
        );
        const [events] = await sql`select count(*)::int as n from provisioning_log where event = 'created'`;
        assert.ok(Number(events?.["n"]) > 8);
      });
    });
  });
}

Deno.test("a state that began with a secret initial value hides it from plan and log when it is changed", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const project = (value: string) => ({
      name: "Web",
      organisation: "O",
      environments: [{ name: "Dev" }],
      features: [{ name: "f", initial_value: value }],
    });
    const given = { version: "1.0", organisations: [{ name: "O" }], projects: [project("${SECRET_NAME}")] };
    const first = await runCli([...FLAGS, "-f", "-"], {
      databaseUrl: url,
      env: ENV,
      stdin: JSON.stringify(given),
    });
    assert.equal(first.code, 0, first.err);
    const stdin = JSON.stringify({
      version: "1.0",
      feature_states: [{
        feature: "f",
        project: "Web",
        environment: "Dev",
        value: "public",
        on_exists: "update",
      }],
    });
    const plan = await runCli(["plan", "-f", "-"], { databaseUrl: url, stdin });
    assert.deepEqual(plan, {
      code: 0,
      out:
        'Would update feature "f" in project "Web": states (~1).\n    update feature state "Dev"\n        value: (secret)\nPlan: 0 to create, 1 to update, 0 to skip.\n',
      err: "",
    });
    assert.equal((await runCli(["-f", "-"], { databaseUrl: url, stdin })).code, 0);
    const [state] = await sql`select string_value from features_featurestatevalue`;
    assert.equal(state?.["string_value"], "public");
    const [log] = await sql`select string_agg(l::text, ' ') as text from provisioning_log l`;
    assert.ok(!String(log?.["text"]).includes(CANARY), String(log?.["text"]));
  });
});

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
  "a file in a message": "message: !file FOLDER/password\n",
  "a file in a domain": "app_domain: !file FOLDER/password\n",
  "a file as version": "---\nversion: !file FOLDER/password\n",
  "a file in an option":
    "features:\n  - {name: f, project: P, environments: {Dev: {multivariate: [{option: !file FOLDER/password}]}}}\n",
  "a file in a permission":
    "permissions:\n  - {user: a@example.com, project: P, permissions: [!file FOLDER/password]}\n",
  "a file in a reference":
    "segments:\n  - {name: s, project: P, feature: !file FOLDER/password, rules: []}\n",
  "a file in a parent": "features:\n  - {name: f, project: !file FOLDER/password}\n",
  "a file in a name's rule":
    "projects:\n  - {name: P, organisation: O, settings: {feature_name_regex: !file FOLDER/regex}}\n",
  "a regular expression":
    "segments:\n  - {name: s, project: P, rules: [{type: ALL, conditions: [{property: p, operator: REGEX, value: !file FOLDER/regex}]}]}\n",
  "a time": "master_api_keys:\n  - {name: CI, organisation: O, expires_at: !file FOLDER/password}\n",
  "a default inside of brackets without quotes":
    `users:\n  - {email: a@example.com, password: \${PASSWORD:${CANARY}}}\n`,
  "a secret before a variable without quotes":
    `users:\n  - {password: ${CANARY}, email: \${EMAIL}, first_name: x}\n`,
  "a secret behind a variable without quotes": `users:\n  - {email: \${EMAIL}, password: ${CANARY}}\n`,
  "a secret before an unknown tag of a broken document":
    `users:\n  - {password: ${CANARY}, email: !foo x}\norganisations: [\n`,
  "a secret beside too many brackets": `users:\n  - {password: ${CANARY}, email: ${
    "[".repeat(101)
  } ${CANARY}\n`,
  "a mistyped key": `master_api_keys:\n  - {name: CI, organisation: Acme, kye: ${CANARY}}\n`,
  "a path": `users:\n  - {email: a@example.com, password: !file ${CANARY}}\n`,
  "an unknown tag": `users:\n  - {email: !${CANARY} ${CANARY}}\n`,
  "a condition":
    "segments:\n  - name: s\n    project: P\n    rules: [{type: ALL, conditions: [{property: p, operator: NEAR, value: '${SECRET_NAME}'}]}]\n",
};

for (const [what, text] of Object.entries(BROKEN)) {
  Deno.test(`errors show no secret: ${what}`, async () => {
    await withFolder(async (folder) => {
      for (const command of [["validate"], ["validate", "--format", "json"]]) {
        const result = await runCli([...command, ...FLAGS, "-f", "-"], {
          env: ENV,
          stdin: `version: '1.0'\n${text.replaceAll("FOLDER", folder)}`,
        });
        assert.equal(result.code, 1, result.out);
        assertSilent(result, what);
      }
    });
  });
}

/** Two users whose stored passwords begin alike, with the canary in them. */
const HASHES = `version: '1.0'
users:
  - {email: a@example.com, password_hash: 'pbkdf2_sha256$1000$${CANARY}$${"A".repeat(43)}='}
  - {email: b@example.com, password_hash: 'pbkdf2_sha256$1000$${CANARY}$${"B".repeat(43)}='}
master_api_keys: [{name: CI, organisation: Acme, key: abcdefgh.${CANARY}${CANARY}${CANARY}}]
organisations: [{name: Acme}]
`;

/** Ways to fail once the database is there: statements before the run, and the exit code. */
const FAILURES: Readonly<Record<string, readonly [exitCode: number, ...statements: readonly string[]]>> = {
  "a trigger that repeats the row": [
    1,
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''row %'', NEW; END'",
    "CREATE TRIGGER refuse BEFORE INSERT ON users_ffadminuser FOR EACH ROW EXECUTE FUNCTION refuse()",
  ],
  "a check that repeats the row": [
    1,
    "ALTER TABLE users_ffadminuser ADD CONSTRAINT short CHECK (length(password) < 5)",
  ],
  "a unique index that repeats the value": [
    1,
    "CREATE UNIQUE INDEX ON users_ffadminuser (substr(password, 1, 30))",
  ],
  "a right that is missing": [
    1,
    "REVOKE ALL ON users_ffadminuser FROM PUBLIC",
    "CREATE RULE no AS ON INSERT TO users_ffadminuser DO INSTEAD SELECT 1/0",
  ],
  "a column that is too short": [1, "ALTER TABLE users_ffadminuser ALTER password TYPE varchar(20)"],
  "a schema that is missing": [78, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"],
};

for (const [what, [exitCode, ...statements]] of Object.entries(FAILURES)) {
  Deno.test(`errors of the database show no secret: ${what}`, async () => {
    await withDatabase({}, async ({ sql, url }) => {
      for (const statement of statements) await sql.unsafe(statement);
      for (const format of ["text", "json"]) {
        const result = await runCli(["-f", "-", "--format", format], {
          databaseUrl: url,
          stdin: HASHES,
          env: ENV,
        });
        assert.equal(result.code, exitCode, result.err);
        assertSilent(result, what);
        // The failure itself is logged, too.
        const [table] = await sql`select to_regclass('provisioning_log') is not null as there`;
        if (table?.["there"] !== true) continue;
        const [log] =
          await sql`select coalesce(string_agg(l::text, ' '), '') as text from provisioning_log l`;
        assert.ok(!String(log?.["text"]).includes(CANARY), String(log?.["text"]));
      }
    });
  });
}

Deno.test("a lock that is not given shows no secret", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await sql.begin(async (other) => {
      await other`lock table users_ffadminuser in access exclusive mode`;
      const result = await runCli(["-f", "-", "--lock-timeout", "50ms"], {
        databaseUrl: url,
        stdin: HASHES,
        env: ENV,
      });
      assert.equal(result.code, 75, result.err);
      assertSilent(result, "lock");
    });
  });
});

Deno.test("a server that cannot be reached or refuses shows no secret", async () => {
  await withDatabase({}, async ({ url, name }) => {
    const missing = new URL(url);
    missing.password = CANARY;
    missing.pathname = `/${name}_missing`;
    for (
      const databaseUrl of [
        `postgres://u:${CANARY}@127.0.0.1:1/d`,
        `postgres://u:${CANARY}@[broken/d`,
        `${CANARY}://u@127.0.0.1/d`,
        `postgres://u:${CANARY}@127.0.0.1/d?sslmode=${CANARY}`,
        missing.href,
      ]
    ) {
      for (const world of [{ databaseUrl }, { env: { FLAGSMITH_PROVISION_DATABASE_URL: databaseUrl } }]) {
        const result = await runCli(["-f", "-"], { stdin: HASHES, ...world });
        assert.ok([64, 69].includes(result.code), `${result.code} ${result.err}`);
        assertSilent(result, "server");
      }
    }
  });
});

Deno.test("a bug shows no secret", async () => {
  const breaking = (): never => {
    throw new TypeError(`Cannot use ${CANARY}\nand ${CANARY}`);
  };
  for (const io of [{ out: breaking }, { env: breaking }]) {
    const { code, out, err } = await runCli(["validate", "-f", "-"], { stdin: HASHES, io });
    assert.equal(code, 70, err);
    assert.match(err, /^error: This is a bug in flagsmith-provision \(TypeError\) \[FP500\]\n/);
    assert.ok(!`${out}${err}`.includes(CANARY), err);
  }
});
