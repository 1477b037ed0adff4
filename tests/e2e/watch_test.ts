/** `apply --watch` as a process, on files that change as a mounted ConfigMap does. */
import assert from "node:assert/strict";
import { ConfigMap } from "../support/config_map.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { start } from "../support/program.ts";
import { startWatching, TOKEN, until, type Watched } from "../support/watching.ts";

function declare(...names: readonly string[]): string {
  return `version: '1.0'\norganisations: [${names.map((name) => `{name: ${name}}`).join(", ")}]\n`;
}

/** Runs `test` with a watch of a ConfigMap that declares one organisation. */
async function watching(
  database: TestDatabase,
  args: readonly string[],
  test: (watched: Watched, map: ConfigMap) => Promise<void>,
): Promise<void> {
  const map = new ConfigMap(await Deno.makeTempDir());
  await map.write({ "a.yaml": declare("First") });
  try {
    const watched = await startWatching(database.url, map.directory, args);
    try {
      await test(watched, map);
    } finally {
      await watched.end("SIGKILL");
    }
  } finally {
    await Deno.remove(map.directory, { recursive: true });
  }
}

async function names({ sql }: TestDatabase): Promise<readonly string[]> {
  const rows = await sql`SELECT name FROM organisations_organisation ORDER BY id`;
  return rows.map((row) => String(row["name"]));
}

const checks: { readonly name: string; readonly fn: () => Promise<void> }[] = [];

/** Adds a check; since each of them mostly waits, in a database of its own, they all run at once. */
function check(name: string, fn: () => Promise<void>): void {
  checks.push({ name, fn });
}

check(
  "a watch applies what a ConfigMap is switched to, keeps the last good state, and ends at SIGTERM",
  async () => {
    await withDatabase({}, async (database) => {
      await watching(database, ["--interval", "0s"], async (watched, map) => {
        const { get, ready, out, err } = watched;
        await until(watched, ready);
        assert.deepEqual(await names(database), ["First"]);
        assert.deepEqual(await get("/ready"), [200, '{"status":"ready"}\n']);
        await map.write({ "a.yaml": declare("First", "Second") });
        await until(watched, async () => (await names(database)).length === 2);
        await map.write({ "a.yaml": "version: '1.0'\norganisations: [{nme: Third}]\n" });
        await until(watched, async () => !await ready());
        assert.deepEqual(await get("/ready"), [503, '{"status":"not ready","code":"FP102"}\n']);
        assert.equal((await get("/health"))[0], 200);
        assert.match(
          err(),
          /a\.yaml:2:18: error: .*\[FP102\]\n[^]*the last good state stays applied \[FP102\]\n$/,
        );
        await map.write({ "a.yaml": declare("First", "Second", "Third") });
        await until(watched, async () => (await names(database)).length === 3 && await ready());
        assert.deepEqual(await names(database), ["First", "Second", "Third"]);
        const [, metrics] = await get("/metrics");
        assert.match(metrics, /^flagsmith_provision_ready 1$/m);
        assert.match(metrics, /^flagsmith_provision_entities_total\{action="created"\} 3$/m);
        assert.match(metrics, /^flagsmith_provision_failures_total\{code="FP102"\} 1$/m);
        assert.equal(await watched.end("SIGTERM"), 143);
        assert.match(
          out(),
          /^Listening on .*\n(\S+ Applied: 1 created, 0 skipped\.\n)(\S+ Applied: 1 created, 1 skipped\.\n)(\S+ Applied: 1 created, 2 skipped\.\n)$/,
        );
        const runs = await database.sql`SELECT DISTINCT run_id FROM provisioning_log`;
        assert.equal(runs.length, 3, "a run that finds nothing to do leaves no event");
      });
    });
  },
);

check(
  "a watch heals drift every interval under on_exists: update, and at POST /reload with the token",
  async () => {
    await withDatabase({}, async (database) => {
      await watching(database, ["--interval", "1s", "--on-exists", "update"], async (watched, map) => {
        await map.write({
          "a.yaml": "version: '1.0'\norganisations: [{name: First, settings: {force_2fa: true}}]\n",
        });
        const forced = async () => {
          const [row] = await database.sql`SELECT force_2fa FROM organisations_organisation`;
          return row?.["force_2fa"] === true;
        };
        await until(watched, forced);
        await database.sql`UPDATE organisations_organisation SET force_2fa = false`;
        await until(watched, forced);
      });
      await watching(database, ["--interval", "0s", "--on-exists", "update"], async (watched) => {
        const { get } = watched;
        await until(watched, watched.ready);
        assert.equal((await get("/reload"))[0], 405);
        assert.equal((await get("/reload", { method: "POST" }))[0], 401);
        const headers = { Authorization: `Bearer ${TOKEN}` };
        assert.deepEqual(await get("/reload", { method: "POST", headers }), [204, ""]);
      });
    });
  },
);

check("a watch comes back by itself after the database refused it", async () => {
  await withDatabase({}, async (database) => {
    await watching(database, ["--interval", "1s"], async (watched, map) => {
      const { ready, err } = watched;
      await until(watched, ready);
      await database.sql`ALTER TABLE organisations_organisation RENAME COLUMN name TO was_name`;
      await map.write({ "a.yaml": declare("First", "Second") });
      await until(watched, async () => !await ready());
      await database.sql`ALTER TABLE organisations_organisation RENAME COLUMN was_name TO name`;
      await until(watched, ready);
      await until(watched, async () => (await names(database)).length === 2);
      assert.match(err(), /^(\S+ error: .* \[FP4\d\d\]\n)+$/);
    });
  });
});

check("a watch takes no saved plan, no dry run and no standard input", async () => {
  for (
    const [args, wrong] of [
      [["--plan", "p.json"], "--plan"],
      [["--dry-run", "--preset", "dev"], "--dry-run"],
      [["--file", "-"], "--file -"],
    ] as const
  ) {
    const child = start(["--watch", ...args], { env: { DATABASE_URL: "postgresql://u@127.0.0.1:1/x" } });
    const { code, stdout, stderr } = await child.output();
    const text = new TextDecoder().decode(stderr);
    assert.deepEqual([code, stdout.length, text.split("\n")[0]], [
      64,
      0,
      `error: ${wrong} does not go with --watch [FP475]`,
    ]);
  }
});

check("a watch reports a column that it fills once, and not in every run", async () => {
  await withDatabase({}, async (database) => {
    await database.sql`ALTER TABLE organisations_organisation ADD COLUMN region text NOT NULL`;
    const args = ["--interval", "0s", "--column-default", "organisations_organisation.region=eu"];
    await watching(database, args, async (watched, map) => {
      await until(watched, watched.ready);
      await map.write({ "a.yaml": declare("First", "Second") });
      await until(watched, async () => (await names(database)).length === 2);
      assert.equal(await watched.end("SIGTERM"), 143);
      const notes = watched.err().split("\n").filter((line) => line.startsWith("note: "));
      assert.deepEqual(notes, [
        "note: New rows fill a column that this release does not know: " +
        'organisations_organisation.region = "eu" (--column-default).',
      ]);
    });
  });
});

check("a watch reports a hundred findings of a bad file, and how many more there are", async () => {
  await withDatabase({}, async (database) => {
    await watching(database, ["--interval", "0s"], async (watched, map) => {
      await until(watched, watched.ready);
      const lines = Array.from({ length: 130 }, (_, at) => `  - { name: N${at}, nme: x }`);
      await map.write({ "a.yaml": `version: '1.0'\norganisations:\n${lines.join("\n")}\n` });
      await until(watched, async () => !await watched.ready());
      await watched.end("SIGTERM");
      assert.equal(watched.err().match(/\[FP102\]\n {2,}\|/g)?.length, 100);
      assert.match(watched.err(), /^… and 30 more; validate --format json lists all$/m);
    });
  });
});

for (const away of ["its directory", "a file of it", "a file that it names"]) {
  check(`a watch without an interval comes back when ${away} was away`, async () => {
    await withDatabase({}, async (database) => {
      const folder = await Deno.makeTempDir();
      const [directory, value] = [`${folder}/set`, `${folder}/value`];
      await Deno.mkdir(directory);
      await Deno.writeTextFile(value, "text");
      const file = `${directory}/a.yaml`;
      const write = (names: readonly string[]) =>
        Deno.writeTextFile(
          file,
          `${declare(...names)}projects: [{name: P, organisation: First, description: !file ${value}}]\n`,
        );
      await write(["First"]);
      try {
        const watched = await startWatching(database.url, directory, ["--interval", "0s"]);
        try {
          const { ready } = watched;
          await until(watched, ready);
          const path = away === "its directory" ? directory : away === "a file of it" ? file : value;
          await Deno.rename(path, `${folder}/away`);
          await until(watched, async () => !await ready());
          await Deno.rename(`${folder}/away`, path);
          await write(["First", "Second"]);
          await until(watched, async () => (await names(database)).length === 2 && await ready());
        } finally {
          await watched.end("SIGKILL");
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  });
}

const AT_ONCE = { sanitizeExit: false, sanitizeOps: false, sanitizeResources: false };

Deno.test("apply --watch as a process", async (t) => {
  const results = await Promise.all(checks.map((one) => t.step({ ...one, ...AT_ONCE })));
  assert.ok(results.every((passed) => passed));
});
