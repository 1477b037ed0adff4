/** What is written at once is taken back at once: no statement may grow so deep with the changes that PostgreSQL refuses it. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { dumpTables } from "../support/dump.ts";
import { runCli } from "../support/run_cli.ts";
import { assertTornDown } from "../support/torn_down.ts";

/** PostgreSQL's default stack is used up by some thousands of nested queries. */
const MANY = 9_000;
const numbers = [...Array(MANY).keys()];

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
  await withDatabase({}, async ({ sql, url }) => {
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
  await withDatabase({}, async ({ sql, url }) => {
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
