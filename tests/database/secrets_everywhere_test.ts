/** The whole model with a canary in every field that may be secret: no command, format or failure shows one. */
import assert from "node:assert/strict";
import type postgres from "postgres";
import {
  assertSilent,
  CANARY,
  ENV,
  FLAGS,
  masterKey,
  NUMBER,
  wholeModel,
  withSecretFiles,
} from "../support/canary.ts";
import { withDatabase } from "../support/database.ts";
import { quickHash } from "../support/password_hash.ts";
import { isFull } from "../support/property.ts";
import { runCli } from "../support/run_cli.ts";

const io = { hash: quickHash };

/** Throws when the log holds a canary, or one of the texts. */
async function assertLogSilent(sql: postgres.Sql, more: readonly string[] = []): Promise<void> {
  const [table] = await sql`select to_regclass('provisioning_log') is not null as there`;
  if (table?.["there"] !== true) return;
  const [log] = await sql`select coalesce(string_agg(l::text, ' '), '') as text from provisioning_log l`;
  for (const secret of [CANARY, NUMBER, ENV["SHORT"] ?? "", "pbkdf2", ...more]) {
    assert.ok(!String(log?.["text"]).includes(secret), `The log holds ${secret}`);
  }
}

/** Every text of the outputs file that is a secret which nobody chose. */
function generated(outputs: string): readonly string[] {
  return [...outputs.matchAll(/"((?:ser\.|[A-Za-z0-9]{8}\.)[A-Za-z0-9_-]{16,}|[2-9A-Za-z]{20})"/g)]
    .map(([, secret = ""]) => secret);
}

const FORMATS = [["--format", "text"], ["--format", "json"], ["--format", "jsonl"], ["--verbose"], [
  "--quiet",
]];

for (const format of FORMATS) {
  Deno.test(`no command shows a secret, from the first run to the teardown: ${format.join(" ")}`, async () => {
    await withSecretFiles(async (folder) => {
      await withDatabase({}, async ({ sql, url }) => {
        const file = `${folder}/outputs.json`;
        const known: string[] = [];
        const run = async (what: string, args: readonly string[], stdin = "", exit = 0): Promise<void> => {
          // Without a database there is less to say, and no option for it.
          const more = args[0] === "validate" && format.length === 1 ? [] : format;
          const result = await runCli([...args, ...more], { databaseUrl: url, env: ENV, stdin, io });
          assert.equal(result.code, exit, `${what}: ${result.out}${result.err}`);
          const outputs = await Deno.readTextFile(file).catch(() => "");
          known.push(...generated(outputs));
          assertSilent(result, what, { more: known });
          await assertLogSilent(sql, known);
        };
        const input = [...FLAGS, "-f", "-"];
        const written = [...input, "--outputs", file];
        const first = wholeModel({ folder, salt: "one" });
        const changed = first.replaceAll("${TEXT}", "x${TEXT}");
        const rotated = wholeModel({ folder, salt: "two", rotate: "two" });
        await run("validate", ["validate", ...input], first);
        await run("apply --dry-run", ["apply", ...written, "--dry-run"], first);
        await run("apply", ["apply", ...written], first);
        assert.ok(known.length >= 3, `Only ${known.length} generated secrets are in the outputs file`);
        await run("apply again", ["apply", ...written], first);
        await run("update --dry-run", ["apply", ...written, "--on-exists", "update", "--dry-run"], changed);
        await run("update", ["apply", ...written, "--on-exists", "update"], changed);
        await run(
          "fail",
          ["apply", ...written, "--on-exists", "fail"],
          rotated.replaceAll("${TEXT}", "y"),
          1,
        );
        await run("rotate --dry-run", ["apply", ...written, "--dry-run"], rotated);
        await run("rotate", ["apply", ...written], rotated);
        await run("reset --dry-run", ["reset", ...written, "--dry-run", "--yes"], first);
        await run("reset", ["reset", ...written, "--yes"], first);
        await run("teardown --dry-run", ["teardown", "--all", "--dry-run"]);
        await run("teardown", ["teardown", "--all", "--yes"]);
      });
    });
  });
}

Deno.test("apply shows a key or password once, when it makes it, and of a chosen key the prefix", async () => {
  await withSecretFiles(async (folder) => {
    for (const format of FORMATS) {
      await withDatabase({}, async ({ sql, url }) => {
        const run = (document: string) =>
          runCli([...FLAGS, "-f", "-", ...format], { databaseUrl: url, env: ENV, stdin: document, io });
        for (const [salt, rotate] of [["one", undefined], ["two", "again"]] as const) {
          const document = wholeModel({ folder, salt, ...(rotate === undefined ? {} : { rotate }) });
          const made = await run(document);
          assert.equal(made.code, 0, made.err);
          // Who chose the key has it: only its prefix is printed.
          assert.equal(made.out.split(`${masterKey(salt).slice(0, 8)}.…`).length, 2, made.out);
          assertSilent(made, format.join(" "));
          const again = await run(document);
          assert.equal(again.code, 0, again.err);
          assertSilent(again, format.join(" "));
          const shown = generated(made.out.replace(/(once: |": )(\S+)$/gm, '$1"$2"'));
          for (const secret of shown) assert.ok(!again.out.includes(secret), again.out);
          await assertLogSilent(sql, shown);
        }
      });
    }
  });
});

Deno.test("no failure in any table shows a secret", async () => {
  await withSecretFiles(async (folder) => {
    await withDatabase({}, async ({ sql, url }) => {
      const document = wholeModel({ folder, salt: "one" });
      const apply = (format: readonly string[], stdin = document) =>
        runCli([...FLAGS, "-f", "-", ...format], { databaseUrl: url, env: ENV, stdin, io });
      await sql`create function repeats() returns trigger language plpgsql as
        'begin raise exception ''row %'', new using detail = new::text, hint = new::text; end'`;
      await sql`create function leaves() returns trigger language plpgsql as
        'begin perform pg_terminate_backend(pg_backend_pid()); return new; end'`;
      assert.equal((await apply([])).code, 0);
      const tables = await sql<{ name: string }[]>`
        select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum = 1
        where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'provisioning_log'
          and exists (select from provisioning_log l where l.rows::text like '%"' || c.relname || '"%') order by 1`;
      assert.ok(tables.length > 25, `Only ${tables.length} tables`);
      assert.equal((await runCli(["teardown", "--all", "--yes"], { databaseUrl: url })).code, 0);
      for (const [at, { name }] of tables.entries()) {
        const format = FORMATS[at % FORMATS.length] ?? [];
        const ways = [["repeats", 1], ["leaves", 69]] as const;
        for (const [trigger, code] of ways.slice(0, at % 4 === 0 ? 2 : 1)) {
          await sql.unsafe(
            `create trigger breaks before insert or update on ${name} for each row execute function ${trigger}()`,
          );
          const result = await apply(format);
          assert.equal(result.code, code, `${name}: ${result.out}${result.err}`);
          assertSilent(result, `${trigger} in ${name}`);
          await assertLogSilent(sql);
          await sql.unsafe(`drop trigger breaks on ${name}`);
        }
      }
    });
  });
});

/** Ways to spoil a line of YAML: most are mistakes, and none may show the value. */
const SPOILS: readonly ((line: string) => string)[] = [
  (line) => `${line}'`,
  (line) => `${line} "`,
  (line) => `${line} ]`,
  (line) => `${line} : more`,
  (line) => line.replace(": ", ": '"),
  (line) => line.replace(": ", ": {"),
  (line) => line.replace(": ", ": [["),
  (line) => line.replace(": ", ": !"),
  (line) => line.replace(": ", ": &"),
  (line) => line.replace(": ", ": *"),
  (line) => line.replace(": ", ": |\n"),
  (line) => line.replace(": ", " "),
  (line) => line.replace(": ", ":"),
  (line) => line.replace(/: '?(.*?)'?$/, ": [$1]"),
  (line) => line.replace(/: '?(.*?)'?$/, ": {$1: 1}"),
  (line) => line.replace(/(\w+): /, "x$1: "),
  (line) => line.replace(/(\w+): /, "${$1}: "),
  (line) => `${line}\n${line}`,
  (line) => ` ${line}`,
  (line) => `\t${line}`,
  (line) => line.trimStart(),
  (line) => line.replace("${", "${-"),
  (line) => line.replace("}", ""),
  (line) => line.replace(/\$\{(\w+)\}/, "${$1:-x}"),
];

/** Each line is spoiled in every way, or without `FULL_TESTS` in one of so many, of which the next line has others. */
const WAYS = isFull() ? 1 : 3;

Deno.test("no mistake in a line shows the secret of that line", async () => {
  await withSecretFiles(async (folder) => {
    const lines = wholeModel({ folder, salt: "one" }).split("\n");
    let refused = 0;
    for (const [at, line] of lines.entries()) {
      if (!line.includes(CANARY) && !line.includes("${") && !line.includes("!file")) continue;
      for (const [index, spoil] of SPOILS.entries()) {
        if ((at + index) % WAYS !== 0) continue;
        const stdin = lines.with(at, spoil(line)).join("\n");
        const format = index % 2 === 0 ? "text" : "json";
        const result = await runCli(["validate", ...FLAGS, "-f", "-", "--format", format], {
          env: ENV,
          stdin,
        });
        assert.ok([0, 1].includes(result.code), `${line}: ${result.err}`);
        assertSilent(result, `line ${at + 1} spoiled in way ${index}`);
        refused += result.code;
      }
    }
    assert.ok(refused > 400 / WAYS, String(refused));
  });
});
