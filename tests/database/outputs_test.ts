/** `--outputs`: what is in the file after the first run and after every other one. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { processIo } from "../../mod.ts";
import { FileRefused } from "../../src/cli/written_file.ts";
import { withDatabase } from "../support/database.ts";
import { quickHash, verifyPassword } from "../support/password_hash.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";
import { assertUntouched } from "../support/untouched.ts";

const DOCUMENT = `version: '1.0'
outputs:
  API_URL: 'http://\${DOMAIN:localhost:8000}/api/v1/'
  EVENTS_URL: '\${EVENTS_URL:}'
organisations:
  - name: Acme
    master_api_keys: [{ name: CI, output: CI_KEY }, { name: Ops }]
    projects:
      - name: Web
        environments:
          - name: Development
            api_key: '\${CLIENT_KEY:}'
            output: WEB_KEY
            server_side_environment_keys:
              - { name: api, output: WEB_SERVER_KEY }
              - { name: chosen, key: '\${SERVER_KEY:}' }
          - { name: Production, api_key: chosen-client-key }
`;

async function withFile(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/outputs`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function apply(
  stdin: string,
  databaseUrl: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  return await runCli(["-f", "-", ...args], { databaseUrl, stdin, env, io: { hash: quickHash } });
}

/** Keys as the database has them, by name of their environment or their own. */
async function keysOf(
  sql: Parameters<typeof assertUntouched>[0]["sql"],
): Promise<Readonly<Record<string, string>>> {
  const rows = await sql<{ name: string; key: string }[]>`
    select name, api_key as key from environments_environment
    union all select name, key from environments_environmentapikey`;
  return Object.fromEntries(rows.map(({ name, key }) => [name, key]));
}

const ENV = (keys: Readonly<Record<string, string>>, ci: string, ops: string) =>
  `# environment Web/Development
WEB_KEY=${keys["Development"]}
# environment Web/Production
FLAGSMITH_ENVIRONMENT_KEY_WEB_PRODUCTION=chosen-client-key
# server-side environment key Web/Development/api
WEB_SERVER_KEY=${keys["api"]}
# server-side environment key Web/Development/chosen
FLAGSMITH_SERVER_SIDE_ENVIRONMENT_KEY_WEB_DEVELOPMENT_CHOSEN=${keys["chosen"]}
# master API key Acme/CI
CI_KEY=${ci}
# master API key Acme/Ops
FLAGSMITH_MASTER_API_KEY_ACME_OPS=${ops}
API_URL=http://localhost:8000/api/v1/
`;

for (const format of ["json", "env", "k8s-secret"]) {
  Deno.test(`apply --outputs-format ${format} writes the same keys on every run, and no row`, async () => {
    await withFile(async (path) => {
      await withDatabase({}, async (database) => {
        const args = ["--outputs", path, "--outputs-format", format];
        const { code, out, err } = await apply(DOCUMENT, database.url, args, {
          SERVER_KEY: "ser.chosen-server-key",
          CLIENT_KEY: "",
        });
        assert.equal(code, 0, err);
        const first = await Deno.readTextFile(path);
        assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
        assert.doesNotMatch(out, /[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}/);
        const keys = await keysOf(database.sql);
        assert.match(keys["Development"] ?? "", /^[2-9A-Za-z]{22}$/);
        assert.match(keys["api"] ?? "", /^ser\.[2-9A-Za-z]{22}$/);
        assert.equal(keys["chosen"], "ser.chosen-server-key");
        for (const key of Object.values(keys)) assert.ok(first.includes(key), first);
        assert.equal(first.match(/[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}/g)?.length, format === "json" ? 3 : 2);
        if (format === "env") {
          const [ci = "", ops = ""] = first.match(/[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}/g) ?? [];
          assert.equal(first, ENV(keys, ci, ops));
        }
        if (format === "json") {
          const { variables } = JSON.parse(first);
          assert.deepEqual(Object.keys(variables), ["WEB_KEY", "WEB_SERVER_KEY", "CI_KEY", "API_URL"]);
          assert.equal(variables["WEB_KEY"], keys["Development"]);
        }
        // The variables are gone, and so is the wish for that key; it stays as it is and is read back.
        const again = await assertUntouched(database, () => apply(DOCUMENT, database.url, args));
        assert.deepEqual([again.code, again.err], [0, ""]);
        assert.equal(await Deno.readTextFile(path), first);
        await Deno.remove(path);
        const lost = await apply(DOCUMENT, database.url, args);
        assert.equal(
          lost.err,
          `note: The value of master API key Acme/CI is not known any more and is left out of the outputs file.
note: The value of master API key Acme/Ops is not known any more and is left out of the outputs file.
`,
        );
        const rest = await Deno.readTextFile(path);
        for (const key of Object.values(keys)) assert.ok(rest.includes(key), rest);
        assert.doesNotMatch(rest, /[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}/);
      });
    });
  });
}

Deno.test("apply --outputs tells environments of one name apart, and finds one that was renamed", async () => {
  await withFile(async (path) => {
    await withDatabase({}, async ({ sql, url }) => {
      const two = `version: '1.0'
organisations:
  - { name: A, projects: [{ name: Web, environments: [{ name: Live, api_key: key-of-a }, { name: Only, api_key: only }] }] }
  - { name: B, projects: [{ name: Web, environments: [{ name: Live, api_key: key-of-b }] }] }
`;
      assert.equal((await apply(two, url)).code, 0);
      await sql`update environments_environment set name = 'Renamed' where api_key = 'key-of-b'`;
      const { code, err } = await apply(two, url, ["--outputs", path]);
      assert.equal(code, 0, err);
      assert.deepEqual(JSON.parse(await Deno.readTextFile(path)).environments, {
        "A/Web/Live": "key-of-a",
        "Web/Only": "only",
        "B/Web/Live": "key-of-b",
      });
    });
  });
});

Deno.test("apply --outputs says which key it leaves out because its environment does not exist", async () => {
  await withFile(async (path) => {
    await withDatabase({}, async ({ url }) => {
      const document = (rest: string) =>
        `version: '1.0'
organisations: [{ name: A, projects: [{ name: Web, environments: [${rest}] }] }]
`;
      assert.equal((await apply(document("{ name: One }"), url)).code, 0);
      const { code, err } = await apply(document("{ name: Two, only_if_none: true }"), url, [
        "--outputs",
        path,
      ]);
      assert.deepEqual([code, err], [
        0,
        "note: The value of environment Web/Two does not exist and is left out of the outputs file.\n",
      ]);
      assert.deepEqual(JSON.parse(await Deno.readTextFile(path)).environments, {});
    });
  });
});

Deno.test("apply --outputs refuses two values of one name before it writes anything", async () => {
  await withFile(async (path) => {
    await withDatabase({}, async (database) => {
      const twins = `version: '1.0'
organisations: [{ name: A, projects: [{ name: Web, environments: [{ name: a-b }, { name: a b }] }] }]
`;
      const args = ["--outputs", path, "--outputs-format", "env"];
      const { code, out, err } = await assertUntouched(database, () => apply(twins, database.url, args));
      assert.deepEqual([code, out, err], [
        1,
        "",
        `error: Two values of the outputs file would have the name FLAGSMITH_ENVIRONMENT_KEY_WEB_A_B: environment Web/a b and environment Web/a-b [FP431]
   = hint: Give one of them a name of its own with "output", or use --outputs-format json. Nothing was changed
`,
      ]);
      await assert.rejects(Deno.stat(path));
      assert.equal((await apply(twins, database.url, ["--outputs", path])).code, 0);
      assert.equal(Object.keys(JSON.parse(await Deno.readTextFile(path)).environments).length, 2);
    });
  });
});

Deno.test("apply --outputs hands out a secret that stands under outputs, and nothing else shows it", async () => {
  await withFile(async (path) => {
    await withDatabase({}, async ({ sql, url }) => {
      const stdin =
        "version: '1.0'\noutputs: { SMTP: 'smtp://me:${TOKEN}@mail' }\norganisations: [{ name: A }]\n";
      const args = ["--secret-env", "TOKEN", "--outputs", path, "--format", "json"];
      const { code, out, err } = await apply(stdin, url, args, { TOKEN: "c4nary" });
      assert.equal(code, 0, err);
      assert.equal(JSON.parse(await Deno.readTextFile(path)).variables["SMTP"], "smtp://me:c4nary@mail");
      const [log] = await sql<
        { text: string }[]
      >`select string_agg(l::text, ' ') as text from provisioning_log l`;
      assert.doesNotMatch(out + err + log?.text, /c4nary/);
    });
  });
});

const PASSWORD = `version: '1.0'
users:
  - { email: Demo@example.com, password: '\${PASSWORD:}', generate_password: true }
`;

Deno.test("apply() makes up a password once, shows it once, and it is the user's", async () => {
  await withDatabase({}, async (database) => {
    const { code, out, err } = await apply(PASSWORD, database.url);
    assert.deepEqual([code, err], [0, ""]);
    const password = /once: (\S+)$/m.exec(out)?.[1] ?? "";
    assert.match(password, /^[2-9A-HJ-NP-Za-km-z]{20}$/);
    assert.equal(
      out,
      `Created user "Demo@example.com".
The password of user "Demo@example.com" is shown only this once: ${password}
Provisioning complete: 1 created, 0 skipped.
`,
    );
    const [user] = await database.sql<{ password: string }[]>`select password from users_ffadminuser`;
    assert.ok(verifyPassword(password, user?.password ?? ""));
    const [logged] = await database.sql<
      { text: string }[]
    >`select string_agg(l::text, ' ') as text from provisioning_log l`;
    assert.ok(!logged?.text.includes(password));
    for (const env of [{}, { PASSWORD: "another one" }]) {
      const again = await assertUntouched(database, () => apply(PASSWORD, database.url, [], env));
      assert.equal(
        again.out,
        `Skipped user "Demo@example.com" (already exists).
Provisioning complete: 0 created, 1 skipped.
`,
      );
      assert.equal(again.err, "");
    }
  });
});

Deno.test("apply() makes up no password where one is given, and shows none in a dry run", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const dry = await apply(PASSWORD, url, ["--dry-run"]);
    assert.equal(dry.out, `Would create user "Demo@example.com".\nDry run: 1 to create, 0 to skip.\n`);
    const { out } = await apply(PASSWORD, url, [], { PASSWORD: "chosen outside" });
    assert.equal(out, `Created user "Demo@example.com".\nProvisioning complete: 1 created, 0 skipped.\n`);
    const [user] = await sql<{ password: string }[]>`select password from users_ffadminuser`;
    assert.ok(verifyPassword("chosen outside", user?.password ?? ""));
  });
});

for (const format of ["text", "json", "jsonl"]) {
  Deno.test(`apply --format ${format} --quiet hands a made-up password to the outputs file, or shows it`, async () => {
    await withFile(async (path) => {
      await withDatabase({}, async ({ sql, url }) => {
        const shown = await apply(PASSWORD, url, ["--quiet", "--format", format]);
        assert.match(shown.out, /[2-9A-HJ-NP-Za-km-z]{20}/);
        await sql`delete from users_ffadminuser`;
        const { out } = await apply(PASSWORD, url, ["--quiet", "--format", format, "--outputs", path]);
        const { passwords } = JSON.parse(await Deno.readTextFile(path));
        const password: string = passwords["demo@example.com"];
        assert.match(password, /^[2-9A-HJ-NP-Za-km-z]{20}$/);
        assert.ok(!out.includes(password), out);
        // It cannot be read back, so it is kept.
        await apply(PASSWORD, url, ["--outputs", path]);
        assert.deepEqual(JSON.parse(await Deno.readTextFile(path)).passwords, passwords);
      });
    });
  });
}

Deno.test("--outputs has its keys before the commit, whoever waits for their table meanwhile", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await withFile(async (path) => {
      await apply(DOCUMENT, url);
      // The run stays open until the other session queues behind it, and gets the table as soon as the run is committed.
      await sql`create function wait_for_other() returns trigger language plpgsql as $$ begin
        for i in 1..500 loop
          exit when exists (select from pg_locks where relation = 'public.environments_environmentapikey'::regclass and not granted);
          perform pg_sleep(0.02);
        end loop;
        return null; end $$`;
      await sql`create trigger wait_for_other after insert on tags_tag for each statement execute function wait_for_other()`;
      const run = apply(
        `${DOCUMENT}\ntags: [{ label: late, project: Web }]\n`,
        url,
        ["--outputs", path, "--lock-timeout", "300ms"],
      );
      const held = Promise.withResolvers<void>();
      // A run that ends before it sleeps has failed: what it said is asserted below.
      let ended = false;
      run.then(() => ended = true, () => ended = true);
      const sleeps = () =>
        sql`select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`;
      while (!ended && (await sleeps()).length === 0) await new Promise((done) => setTimeout(done, 10));
      const other = sql.begin(async (transaction) => {
        await transaction`lock table environments_environmentapikey in access exclusive mode`;
        await held.promise;
      });
      const { code, err } = await run.finally(held.resolve);
      await other;
      assert.equal(code, 0, err);
      assert.equal(Object.keys(JSON.parse(await Deno.readTextFile(path)).environments).length, 2);
    });
  });
});

/** The address of a run that makes a key and a password. */
const ONCE = `version: '1.0'
users: [{ email: a@example.com, generate_password: true }]
organisations: [{ name: Acme, master_api_keys: [{ name: ci }] }]
`;

Deno.test("apply --outputs refuses what it cannot write, or must not replace, before it changes anything", async () => {
  await withFile(async (path) => {
    await withDatabase({}, async (database) => {
      const folder = path.slice(0, path.lastIndexOf("/"));
      await Deno.writeTextFile(`${folder}/in.yaml`, ONCE);
      await Deno.writeTextFile(`${folder}/theirs.env`, "DATABASE_URL=postgres://x\n");
      await Deno.symlink("circle", `${folder}/circle`);
      const refused: readonly (readonly [name: string, code: number, why: RegExp])[] = [
        ["", 1, /is a directory \[FP505\]/],
        ["none/o.json", 1, /its directory does not exist \[FP505\]/],
        ["in.yaml", 1, /it is an input of this run \[FP505\]/],
        ["next.json", 1, /would be read as input by the next run.* \[FP505\]/],
        ["in.yaml/o", 1, /a part of its path is not a directory \[FP505\]/],
        ["circle", 1, /its links lead in a circle \[FP505\]/],
        ["theirs.env", 1, /was not written by this tool, or is cut off, and is not replaced \[FP507\]/],
      ];
      await assertUntouched(database, async () => {
        for (const [name, wanted, why] of refused) {
          const { code, out, err } = await runCli(["-d", folder, "--outputs", `${folder}/${name}`], {
            databaseUrl: database.url,
          });
          assert.deepEqual([name, code, out], [name, wanted, ""]);
          assert.match(err, why);
          assert.match(err, /Nothing was changed/);
        }
        assert.equal((await apply(ONCE, database.url, ["--outputs", "-"])).code, 64);
      });
      const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      assert.deepEqual(left, ["circle", "in.yaml", "theirs.env"]);
      const forced = await apply(ONCE, database.url, [
        "--outputs",
        `${folder}/theirs.env`,
        "--outputs-force",
      ]);
      assert.equal(forced.code, 0, forced.err);
    });
  });
});

Deno.test("apply --outputs leaves a key that somebody gave line breaks out of an env file, and escapes it elsewhere", async () => {
  await withFile(async (path) => {
    await withDatabase({}, async ({ sql, url }) => {
      const set =
        `${ONCE}projects: [{ name: P, organisation: Acme, environments: [{ name: D }, { name: E }] }]\n`;
      await apply(set, url, []);
      await sql`update environments_environment set api_key = E'a\nLD_PRELOAD=/x\u2028' where name = 'D'`;
      const { code, err } = await apply(set, url, ["--outputs", path, "--outputs-format", "env"]);
      assert.equal(code, 0, err);
      assert.match(err, /note: The value of environment P\/D has a line break .* is left out/);
      const env = await Deno.readTextFile(path);
      assert.doesNotMatch(env, /LD_PRELOAD|\u2028/);
      assert.match(env, /^FLAGSMITH_ENVIRONMENT_KEY_P_E=\w+$/m);
      for (const format of ["json", "k8s-secret"]) {
        await apply(set, url, ["--outputs", path, "--outputs-format", format]);
        assert.match(await Deno.readTextFile(path), /"a\\nLD_PRELOAD=\/x\\u2028"/);
      }
    });
  });
});

Deno.test("apply --outputs keeps keys when the form changes, follows links, and leaves nothing else behind", async () => {
  await withFile(async (path) => {
    await withDatabase({}, async ({ url }) => {
      const folder = path.slice(0, path.lastIndexOf("/"));
      await Deno.mkdir(`${folder}/real`);
      await Deno.symlink("real/keys", path);
      const { code, err } = await apply(ONCE, url, ["--outputs", path]);
      assert.equal(code, 0, err);
      const { master_api_keys: keys, passwords } = JSON.parse(await Deno.readTextFile(`${folder}/real/keys`));
      for (const format of ["env", "k8s-secret", "json"]) {
        const again = await apply(ONCE, url, ["--outputs", path, "--outputs-format", format]);
        assert.deepEqual([again.code, again.err], [0, ""]);
        const text = await Deno.readTextFile(path);
        assert.ok(text.includes(keys["Acme/ci"]) && text.includes(passwords["a@example.com"]), text);
      }
      assert.equal((await Deno.lstat(path)).isSymlink, true);
      assert.deepEqual([...Deno.readDirSync(`${folder}/real`)].map(({ name }) => name), ["keys"]);
    });
  });
});

Deno.test("apply says what exists only once on the other stream when one fails after the commit, with exit 73", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    const failing = await runCli(["-f", "-"], {
      databaseUrl: url,
      stdin: ONCE,
      io: { settle: () => Promise.resolve({ out: "failed", err: undefined }) },
    });
    assert.equal(failing.code, 73);
    const shown = failing.err.split("\n").filter((line) => line !== "" && !line.startsWith("Working"));
    assert.match(shown[0] ?? "", /the run was committed\. These values exist only once \[FP508\]$/);
    assert.deepEqual(
      shown.slice(1),
      failing.out.split("\n").filter((line) => /once: |key "ci": /.test(line)),
    );
    assert.equal(shown.length, 3);
    await sql`delete from api_keys_masterapikey`;
    const broken = await runCli(["-f", "-", "--outputs", "/dev/null/x"], { databaseUrl: url, stdin: ONCE });
    assert.equal(broken.code, 1);
    let discarded = 0;
    const lost = await runCli(["-f", "-", "--outputs", "keys"], {
      databaseUrl: url,
      stdin: ONCE,
      io: {
        openTarget: () =>
          Promise.resolve({
            path: "keys",
            former: undefined,
            staged: undefined,
            current: () => Promise.resolve(undefined),
            alone: (body) => body(),
            stage: () => Promise.resolve(),
            publish: () => Promise.reject(new FileRefused("there is no space left")),
            discard: () => {
              discarded++;
              return Promise.resolve();
            },
          }),
      },
    });
    assert.equal(lost.code, 73);
    assert.match(lost.err, /there is no space left \[FP505\]\n {3}= hint: The run was committed before that/);
    assert.doesNotMatch(lost.err, /nothing was changed|rolled back/i);
    assert.match(lost.out, /key "ci": [A-Za-z0-9]{8}\.[A-Za-z0-9]{32}/);
    // What was printed does not stay in a file beside the target as well.
    assert.equal(discarded, 1);
  });
});

Deno.test("runs that write one outputs file at a time lose none of the keys that one of them made", async () => {
  await withFile(async (path) => {
    for (
      const [format, former] of [["json", ""], ["env", ""], ["k8s-secret", ""], ["json", undefined]] as const
    ) {
      await withDatabase({}, async ({ url }) => {
        if (former === undefined) await Deno.remove(path);
        else await Deno.writeTextFile(path, former);
        const args = ["-f", "-", "--outputs", path, "--outputs-format", format];
        const runs = Array.from(
          { length: 6 },
          () => runCli(args, { databaseUrl: url, stdin: ONCE, io: { hash: quickHash } }),
        );
        for (const { code, err } of await Promise.all(runs)) assert.equal(code, 0, err);
        const text = await Deno.readTextFile(path);
        assert.match(text, /[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}/, format);
        assert.match(text, /a@example\.com|PASSWORD/i);
        const folder = path.slice(0, path.lastIndexOf("/"));
        assert.deepEqual([...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".tmp")), []);
      });
    }
  });
});

for (const command of ["apply", "reset"]) {
  Deno.test(`${command} leaves no file behind when it is interrupted between writing its outputs and committing`, async () => {
    await withFile(async (path) => {
      await withDatabase({}, async ({ url, sql }) => {
        let interrupt: (signal: "SIGTERM") => void = () => {};
        const result = await runCli([command, "--file", "-", "--outputs", path], {
          databaseUrl: url,
          stdin: DOCUMENT,
          io: {
            hash: quickHash,
            onSignal: (callback) => {
              interrupt = callback;
              return () => {};
            },
            openTarget: async (target, mode) => {
              const file = await processIo().openTarget(target, mode);
              const stage = async (text: string): Promise<void> => {
                await file.stage(text);
                interrupt("SIGTERM");
              };
              return Object.create(file, { stage: { value: stage } });
            },
          },
        });
        assert.deepEqual(result, {
          code: 143,
          out: "",
          err: "error: Interrupted; the run was rolled back and nothing was changed\n",
        });
        assert.deepEqual(await Array.fromAsync(Deno.readDir(dirname(path))), []);
        assert.equal((await sql`select 1 from organisations_organisation`).length, 0);
      });
    });
  });
}

Deno.test("an error that nobody catches ends a run as a signal does: rolled back, with no file left behind", async () => {
  await withFile(async (path) => {
    await withDatabase({}, async ({ url, sql }) => {
      let uncaught: (error: unknown) => void = () => {};
      const { code, out, err } = await runCli(["apply", "--file", "-", "--outputs", path], {
        databaseUrl: url,
        stdin: DOCUMENT,
        io: {
          hash: quickHash,
          onUncaught: (callback) => {
            uncaught = callback;
            return () => {};
          },
          openTarget: async (target, mode) => {
            const file = await processIo().openTarget(target, mode);
            const stage = async (text: string): Promise<void> => {
              await file.stage(text);
              uncaught(new TypeError("hunter2"));
            };
            return Object.create(file, { stage: { value: stage } });
          },
        },
      });
      assert.deepEqual([code, out], [70, ""]);
      const lines = err.split("\n").filter((line) => !/^ +at /.test(line));
      assert.deepEqual(lines, [
        "error: Interrupted; the run was rolled back and nothing was changed",
        "error: This is a bug in flagsmith-provision (TypeError) [FP500]",
        "   = hint: Please report it with these lines. If a database was being written to, the transaction was rolled back",
        "",
      ]);
      assert.deepEqual(await Array.fromAsync(Deno.readDir(dirname(path))), []);
      assert.equal((await sql`select 1 from organisations_organisation`).length, 0);
    });
  });
});
