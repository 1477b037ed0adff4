/** `apply --watch` as a process, on files that change as a mounted ConfigMap does. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { start } from "../support/program.ts";

const TOKEN = "reload-token-of-tests";

/** A directory as the kubelet mounts a ConfigMap: links into `..data`, which is switched by a rename. */
class ConfigMap {
  readonly directory: string;
  #version = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  async write(text: string): Promise<void> {
    const version = `..${++this.#version}`;
    await Deno.mkdir(join(this.directory, version));
    await Deno.writeTextFile(join(this.directory, version, "a.yaml"), text);
    await Deno.symlink(version, join(this.directory, "..tmp"));
    await Deno.rename(join(this.directory, "..tmp"), join(this.directory, "..data"));
    if (this.#version === 1) await Deno.symlink("..data/a.yaml", join(this.directory, "a.yaml"));
    else await Deno.remove(join(this.directory, `..${this.#version - 1}`), { recursive: true });
  }
}

function declare(...names: readonly string[]): string {
  return `version: '1.0'\norganisations: [${names.map((name) => `{name: ${name}}`).join(", ")}]\n`;
}

interface Watched {
  readonly map: ConfigMap;
  readonly port: number;
  readonly child: Deno.ChildProcess;
  /** Everything on standard output so far. */
  readonly out: () => string;
  readonly err: () => string;
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}

/** Waits until the condition holds; throws with what the process has said after twenty seconds. */
async function until(watched: Watched, condition: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`It did not happen\n${watched.out()}${watched.err()}`);
}

async function watching(
  database: TestDatabase,
  args: readonly string[],
  test: (watched: Watched) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  const map = new ConfigMap(directory);
  await map.write(declare("First"));
  const child = start(["--watch", "--listen", "127.0.0.1:0", "--directory", directory, ...args], {
    env: { DATABASE_URL: database.url, FLAGSMITH_PROVISION_RELOAD_TOKEN: TOKEN },
  });
  let [out, err] = ["", ""];
  const listening = Promise.withResolvers<number>();
  const reading = Promise.all([
    collect(child.stdout, (text) => {
      out += text;
      const [, port] = /Listening on http:\/\/127\.0\.0\.1:(\d+)\n/.exec(out) ?? [];
      if (port !== undefined) listening.resolve(Number(port));
    }),
    collect(child.stderr, (text) => void (err += text)),
  ]);
  try {
    const port = await Promise.race([
      listening.promise,
      child.status.then(({ code }) => Promise.reject(new Error(`It ended with ${code}\n${out}${err}`))),
    ]);
    await test({ map, port, child, out: () => out, err: () => err });
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await child.status;
    await reading;
    await Deno.remove(directory, { recursive: true });
  }
}

async function get(port: number, path: string, init: RequestInit = {}): Promise<readonly [number, string]> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return [answer.status, await answer.text()];
}

async function names({ sql }: TestDatabase): Promise<readonly string[]> {
  const rows = await sql`SELECT name FROM organisations_organisation ORDER BY id`;
  return rows.map((row) => String(row["name"]));
}

Deno.test("a watch applies what a ConfigMap is switched to, keeps the last good state, and ends at SIGTERM", async () => {
  await withDatabase({}, async (database) => {
    await watching(database, ["--interval", "0s"], async (watched) => {
      const { map, port, child, out, err } = watched;
      const ready = async () => (await get(port, "/ready"))[0] === 200;
      await until(watched, ready);
      assert.deepEqual(await names(database), ["First"]);
      assert.deepEqual(await get(port, "/ready"), [200, '{"status":"ready"}\n']);
      await map.write(declare("First", "Second"));
      await until(watched, async () => (await names(database)).length === 2);
      await map.write("version: '1.0'\norganisations: [{nme: Third}]\n");
      await until(watched, async () => !await ready());
      assert.deepEqual(await get(port, "/ready"), [503, '{"status":"not ready","code":"FP102"}\n']);
      assert.equal((await get(port, "/health"))[0], 200);
      assert.match(
        err(),
        /a\.yaml:2:18: error: .*\[FP102\]\n[^]*the last good state stays applied \[FP102\]\n$/,
      );
      await map.write(declare("First", "Second", "Third"));
      await until(watched, async () => (await names(database)).length === 3 && await ready());
      assert.deepEqual(await names(database), ["First", "Second", "Third"]);
      const [, metrics] = await get(port, "/metrics");
      assert.match(metrics, /^flagsmith_provision_ready 1$/m);
      assert.match(metrics, /^flagsmith_provision_entities_total\{action="created"\} 3$/m);
      assert.match(metrics, /^flagsmith_provision_failures_total\{code="FP102"\} 1$/m);
      child.kill("SIGTERM");
      assert.equal((await child.status).code, 143);
      assert.match(
        out(),
        /^Listening on .*\n(\S+ Applied: 1 created, 0 skipped\.\n)(\S+ Applied: 1 created, 1 skipped\.\n)(\S+ Applied: 1 created, 2 skipped\.\n)$/,
      );
      const runs = await database.sql`SELECT DISTINCT run_id FROM provisioning_log`;
      assert.equal(runs.length, 3, "a run that finds nothing to do leaves no event");
    });
  });
});

Deno.test("a watch heals drift every interval under on_exists: update, and at POST /reload with the token", async () => {
  await withDatabase({}, async (database) => {
    await watching(database, ["--interval", "1s", "--on-exists", "update"], async (watched) => {
      const { map } = watched;
      await map.write("version: '1.0'\norganisations: [{name: First, settings: {force_2fa: true}}]\n");
      const forced = async () => {
        const [row] = await database.sql`SELECT force_2fa FROM organisations_organisation`;
        return row?.["force_2fa"] === true;
      };
      await until(watched, forced);
      await database.sql`UPDATE organisations_organisation SET force_2fa = false`;
      await until(watched, forced);
    });
    await watching(database, ["--interval", "0s", "--on-exists", "update"], async (watched) => {
      const { port } = watched;
      await until(watched, async () => (await get(port, "/ready"))[0] === 200);
      assert.equal((await get(port, "/reload"))[0], 405);
      assert.equal((await get(port, "/reload", { method: "POST" }))[0], 401);
      const headers = { Authorization: `Bearer ${TOKEN}` };
      assert.deepEqual(await get(port, "/reload", { method: "POST", headers }), [204, ""]);
    });
  });
});

Deno.test("a watch comes back by itself after the database refused it", async () => {
  await withDatabase({}, async (database) => {
    await watching(database, ["--interval", "1s"], async (watched) => {
      const { map, port, err } = watched;
      const ready = async () => (await get(port, "/ready"))[0] === 200;
      await until(watched, ready);
      await database.sql`ALTER TABLE organisations_organisation RENAME COLUMN name TO was_name`;
      await map.write(declare("First", "Second"));
      await until(watched, async () => !await ready());
      await database.sql`ALTER TABLE organisations_organisation RENAME COLUMN was_name TO name`;
      await until(watched, ready);
      await until(watched, async () => (await names(database)).length === 2);
      assert.match(err(), /^(\S+ error: .* \[FP4\d\d\]\n)+$/);
    });
  });
});

Deno.test("a watch takes no saved plan, no dry run and no standard input", async () => {
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
