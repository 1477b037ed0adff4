/** A secret at a random place of a random set, and a random failure: no byte of what is left behind holds it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import postgres from "postgres";
import { withLoggedServer } from "../support/logged_server.ts";
import { ended, start } from "../support/program.ts";
import { Draw } from "../support/random_set/draw.ts";
import { filesOf } from "../support/random_set/forms.ts";
import { setOf } from "../support/random_set.ts";
import { isFull } from "../support/property.ts";
import { type CliResult, runCli } from "../support/run_cli.ts";

const CANARY = "c4naryB1rd";
const ENV = { CANARY_VARIABLE: `${CANARY}-variable` };

/** What goes wrong in a run. */
type Failure =
  | "mistake"
  | "statement"
  | "lock"
  | "signal"
  | "connection"
  | "outputs full"
  | "output full"
  | "nothing";

const FAILURES: readonly Failure[] = [
  "mistake",
  "statement",
  "lock",
  "signal",
  "connection",
  "outputs full",
  "output full",
  "nothing",
];

/** How a secret may stand in a file. */
const FORMS: readonly ((folder: string) => string)[] = [
  () => "${CANARY_VARIABLE}",
  (folder) => `!file ${folder}/secret`,
];

/** Ways to spoil a line. */
const SPOILS: readonly ((line: string) => string)[] = [
  (line) => `${line}'`,
  (line) => `${line} ]`,
  (line) => `${line} : more`,
  (line) => ` ${line}`,
  (line) => line.replace(": ", ":"),
  (line) => line.replace(": ", " "),
  (line) => line.replace(": ", ": ["),
  (line) => line.replace(/(\w+): /, "x$1: "),
  (line) => `${line}\n${line}`,
  (line) => line.replace("}", ""),
];

/** A random set with secrets in it; the lines that hold one are told. */
function documentOf(
  draw: Draw,
  folder: string,
): { readonly text: string; readonly places: readonly number[] } {
  const form = draw.pick(FORMS)(folder);
  const quoted = form.startsWith("!") ? form : JSON.stringify(form);
  // What every secret may stand in, below what random places of the random set give.
  const own = `users:
  - email: canary@example.com
    password: ${draw.chance(0.5) ? quoted : `${CANARY}-plain1`}
    first_name: ${quoted}
organisations:
  - name: Canaries
    description: ${quoted}
    subscription:
      notes: ${quoted}
    projects:
      - name: Canary
        environments:
          - name: Dev
            description: ${quoted}
            server_side_environment_keys:
              - name: chosen
                key: ser.${CANARY}-key
        features:
          - name: canary-flag
            initial_value: ${quoted}
            description: ${quoted}
        segments:
          - name: canary-segment
            rules:
              - type: ALL
                conditions:
                  - operator: EQUAL
                    property: plan
                    value: ${quoted}`;
  const lines = `version: '1.0'\n${own}`.split("\n");
  const others = filesOf(setOf(draw.below(2 ** 31))).join("---\n").split("\n");
  // A scalar of the random set becomes a secret, whatever it was: a name, a number, a condition.
  const scalars = others.flatMap((line, at) => (/^\s*"(?!1\.0).*"$/.test(line) ? [at] : []));
  const at = scalars.length === 0 || draw.chance(0.4) ? undefined : draw.pick(scalars);
  const rest = at === undefined ? others : others.with(at, (others[at] ?? "").replace(/".*"$/, () => quoted));
  const all = [...lines, "---", ...rest];
  return {
    text: all.join("\n"),
    places: all.flatMap((line, at) => (line.includes(CANARY) || line.includes(form) ? [at] : [])),
  };
}

/** Every file below a folder, but for those that hold the secret because they are its source or its declared place. */
async function filesBelow(folder: string, known: readonly string[]): Promise<string> {
  let text = "";
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && !known.includes(name)) text += `${name}\n${await Deno.readTextFile(`${folder}/${name}`)}\n`;
  }
  return text;
}

/** Runs once in a database of its own. Gives all that was left behind, by where. */
async function runOnce(
  seed: number,
  sql: postgres.Sql,
  url: string,
): Promise<
  { readonly failure: Failure; readonly code: number; readonly left: Readonly<Record<string, string>> }
> {
  const draw = new Draw(seed);
  const failure = draw.pick(FAILURES);
  const folder = await Deno.makeTempDir();
  const activity: string[] = [];
  try {
    await Deno.writeTextFile(`${folder}/secret`, `${CANARY}-file`);
    const { text, places } = documentOf(draw, folder);
    const lines = text.split("\n");
    const spoiled = failure === "mistake" ? draw.pick(places) : undefined;
    const document = spoiled === undefined
      ? text
      : lines.with(spoiled, draw.pick(SPOILS)(lines[spoiled] ?? "")).join("\n");
    await Deno.writeTextFile(`${folder}/input.yaml`, document);
    const format = draw.pick(["text", "json", "jsonl"]);
    const command = draw.pick(["apply", "apply", "apply", "plan"]);
    const outputs = command === "plan"
      ? []
      : ["--outputs", failure === "outputs full" ? "/dev/full" : `${folder}/outputs.json`];
    const args = [
      command,
      "-f",
      `${folder}/input.yaml`,
      "--secret-env",
      "CANARY_VARIABLE",
      "--format",
      format,
      "--lock-timeout",
      "150ms",
      ...outputs,
      ...(command === "plan" ? ["--out", `${folder}/plan.json`] : []),
      ...(draw.chance(0.3) ? ["--verbose"] : []),
    ];
    const table = draw.pick([
      "users_ffadminuser",
      "features_feature",
      "environments_environment",
      "segments_segment",
    ]);
    if (failure === "statement" || failure === "connection") {
      const body = failure === "statement"
        ? "raise exception 'row %', 1"
        : "perform pg_terminate_backend(pg_backend_pid()); return new";
      await sql.unsafe(
        `create or replace function breaks() returns trigger language plpgsql as $$ begin ${body}; end $$;
        create trigger breaks before insert on ${table} for each row execute function breaks()`,
      );
    }
    let watching = true;
    const watched = (async () => {
      while (watching) {
        const rows =
          await sql`select query from pg_stat_activity where application_name like 'flagsmith-provision%'`;
        for (const { query } of rows) activity.push(String(query));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const world = { databaseUrl: url, env: ENV };
    const run = async (): Promise<CliResult> => {
      if (failure === "signal") {
        const delay = draw.below(25);
        return await runCli(args, {
          ...world,
          io: {
            onSignal: (callback) => {
              const timer = setTimeout(() => callback("SIGTERM"), delay * 10);
              return () => clearTimeout(timer);
            },
          },
        });
      }
      if (failure === "output full") {
        return await runCli(args, {
          ...world,
          io: { settle: () => Promise.resolve({ out: "failed", err: undefined }) },
        });
      }
      return await runCli(args, world);
    };
    let result: CliResult | undefined;
    if (failure === "lock") {
      await sql.begin(async (other) => {
        await other.unsafe(`lock table ${table} in share mode`);
        result = await run();
      });
    } else result = await run();
    watching = false;
    await watched;
    assert.ok(result !== undefined);
    if (failure === "statement" || failure === "connection") {
      await sql.unsafe(`drop trigger breaks on ${table}`);
    }
    const [log] = await sql`select to_regclass('provisioning_log') is not null as there`;
    const [events] = log?.["there"] === true
      ? await sql`select coalesce(string_agg(l::text, ' '), '') as text from provisioning_log l`
      : [];
    return {
      failure,
      code: result.code,
      left: {
        "standard output": result.out,
        "standard error": result.err,
        "a file": await filesBelow(folder, ["secret", "input.yaml", "outputs.json"]),
        "the log": String(events?.["text"] ?? ""),
        "pg_stat_activity": activity.join("\n"),
      },
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a secret at a random place is left nowhere, whatever fails", async () => {
  const reached = new Set<Failure>();
  await withLoggedServer(async (url, log) => {
    const sql = postgres(url, { max: 3, onnotice: () => {} });
    try {
      await fc.assert(
        fc.asyncProperty(fc.noShrink(fc.integer({ min: 0, max: 2 ** 31 - 1 })), async (seed) => {
          const { failure, code, left } = await runOnce(seed, sql, url);
          reached.add(failure);
          assert.notEqual(code, 70, `seed ${seed}: ${left["standard error"]}`);
          for (const [where, text] of Object.entries(left)) {
            assert.ok(!text.includes(CANARY), `seed ${seed}, ${failure}: ${where} holds the secret\n${text}`);
          }
          const tail = (await log()).split("\n").filter((line) => line.includes(CANARY));
          assert.deepEqual(tail, [], `seed ${seed}, ${failure}: the server's log holds the secret`);
          if (code === 0) await runCli(["teardown", "--all", "--yes", "--cascade"], { databaseUrl: url });
        }),
        { numRuns: isFull() ? 500 : 25, seed: Number(Deno.env.get("SEED") ?? 4), endOnFailure: true },
      );
    } finally {
      await sql.end();
    }
  });
  assert.ok(reached.size >= 5, [...reached].join(", "));
});

Deno.test("a process that is ended by a signal shows no secret either", async () => {
  await withLoggedServer(async (url, log) => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/secret`, `${CANARY}-file`);
      const { text } = documentOf(new Draw(7), folder);
      await Deno.writeTextFile(`${folder}/input.yaml`, text);
      const args = ["-f", `${folder}/input.yaml`, "--secret-env", "CANARY_VARIABLE"];
      const env = { ...ENV, DATABASE_URL: url };
      for (const delay of [700, 1200]) {
        const process = start(args, { env });
        const timer = setTimeout(() => process.kill("SIGTERM"), delay);
        const { out, err } = await ended(process).finally(() => clearTimeout(timer));
        assert.ok(!`${out}${err}`.includes(CANARY), `${out}${err}`);
      }
      assert.ok(!(await log()).includes(CANARY));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
