/** What is written at once is taken back at once: no statement may grow so deep with the changes that PostgreSQL refuses it. */
import assert from "node:assert/strict";
import postgres from "postgres";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { isFull } from "../support/property.ts";
import { runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";

/** What PostgreSQL's default stack is too small for as nested queries; else a part of both. */
const [MANY, STACK] = isFull() ? [9_000, "2MB"] : [2_500, "512kB"];
const numbers = [...Array(MANY).keys()];

/** Runs `test` with a database whose sessions have so much stack, which so many queries in one another use up. */
async function withStack(test: (database: TestDatabase) => Promise<void>): Promise<void> {
  const database = await createDatabase(); // its setting would stay with one that is given to another test
  try {
    const session = postgres(database.url, { max: 1 });
    await session.unsafe(`alter database ${database.name} set max_stack_depth = '${STACK}'`);
    await session.end();
    const nested = numbers.map((n) => `select ${n}`).join(" union all ");
    await assert.rejects(database.sql.unsafe(nested).then(), /stack depth limit exceeded/);
    await test(database);
  } finally {
    await database.drop();
  }
}

async function run(databaseUrl: string, args: readonly string[], document?: unknown): Promise<string> {
  const stdin = document === undefined ? undefined : JSON.stringify({ version: "1.0", ...Object(document) });
  const { code, out, err } = await runCli([...args, ...(stdin === undefined ? [] : ["--file", "-"])], {
    databaseUrl,
    ...(stdin === undefined ? {} : { stdin }),
  });
  assert.equal(code, 0, err);
  return out.trimEnd().split("\n").at(-1) ?? "";
}

Deno.test(`teardown of a run that changed ${MANY} entities puts every column back`, async () => {
  await withStack(async ({ sql, url }) => {
    const wish = (value: string) => ({
      defaults: { on_exists: "update" },
      organisations: [{ name: "O" }],
      projects: [{
        name: "P",
        organisation: "O",
        features: numbers.map((n) => ({
          name: `f${n}`,
          description: n % 3 === 0 ? null : `${value} ${n}`,
          initial_value: value,
          default_enabled: value === "new",
        })),
      }],
    });
    await run(url, ["apply"], wish("old"));
    const before = await dumpTables(sql);
    assert.equal(
      await run(url, ["apply"], wish("new")),
      `Provisioning complete: 0 created, ${MANY} updated, 2 skipped.`,
    );
    const [last] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
    assert.equal(
      await run(url, ["teardown", "--run", String(last?.["run_id"]), "--yes"]),
      `Teardown complete: 0 deleted, ${MANY} restored.`,
    );
    assertTornDown(before, await dumpTables(sql));
  });
});

Deno.test(`${MANY} rows of a table without a kind are made, changed and taken back`, async () => {
  await withStack(async ({ sql, url }) => {
    await sql.unsafe(
      "create table saml_thing (id serial primary key, name text unique, label text, since int)",
    );
    const empty = await dumpTables(sql);
    const wish = (label: string) => ({
      defaults: { on_exists: "update" },
      rows: numbers.map((n) => ({
        table: "saml_thing",
        key: { name: `n${n}` },
        set: n % 2 === 0 ? { label, since: n } : { label },
      })),
    });
    assert.equal(
      await run(url, ["apply"], wish("old")),
      `Provisioning complete: ${MANY} created, 0 skipped.`,
    );
    const before = await dumpTables(sql);
    assert.equal(
      await run(url, ["apply"], wish("new")),
      `Provisioning complete: 0 created, ${MANY} updated, 0 skipped.`,
    );
    const [last] = await sql`select run_id from provisioning_log order by seq desc limit 1`;
    await run(url, ["teardown", "--run", String(last?.["run_id"]), "--yes"]);
    assertTornDown(before, await dumpTables(sql));
    await run(url, ["teardown", "--all", "--yes"]);
    assertTornDown(empty, await dumpTables(sql));
  });
});
