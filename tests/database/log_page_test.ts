/** `docs/log.md`: its queries run, and its tables name every column and every event there is. */
import assert from "node:assert/strict";
import { EVENT_NAMES } from "../../src/log/event_names.ts";
import { withDatabase } from "../support/database.ts";
import { applyDocuments, runCli } from "../support/run_cli.ts";

const PAGE = await Deno.readTextFile(new URL("../../docs/log.md", import.meta.url));

/** First cells of the table below a heading, without backquotes. */
function cellsBelow(heading: string): readonly string[] {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const table = section.split("\n\n").find((block) => block.startsWith("|")) ?? "";
  return [...table.matchAll(/^\| `(\w+)` /gm)].map(([, cell = ""]) => cell);
}

Deno.test("docs/log.md describes every column of the log in its order, and every event", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    assert.equal((await runCli(["log", "init"], { databaseUrl: url })).code, 0);
    const columns =
      await sql`select attname from pg_attribute where attrelid = 'provisioning_log'::regclass and attnum > 0 order by attnum`;
    assert.deepEqual(cellsBelow("Columns"), columns.map((c) => c["attname"]));
    assert.deepEqual(cellsBelow("Events"), [...EVENT_NAMES]);
  });
});

const FILE = {
  organisations: [{ name: "Acme Corp" }],
  projects: [{ name: "Web App", organisation: "Acme Corp", environments: [{ name: "Dev" }] }],
};
const CHANGED = {
  projects: [{
    name: "Web App",
    organisation: "Acme Corp",
    on_exists: "update",
    settings: { hide_disabled_flags: true },
  }],
};

/** What each query of the page answers after two runs, one that failed and a teardown, by its place on the page. */
const ANSWERS: readonly ((rows: readonly Record<string, unknown>[]) => unknown)[] = [
  (rows) =>
    assert.deepEqual(rows.map((r) => r["event"]), [
      "deleted",
      "failed",
      "updated",
      "created",
      "created",
      "created",
    ]),
  (rows) => assert.deepEqual(rows.map((r) => r["event"]), ["created", "updated"]),
  (rows) => assert.deepEqual(rows, [{ address: "environment:Acme Corp/Web App/Dev" }]),
  (rows) =>
    assert.deepEqual(rows.map(({ recorded_at: _, ...rest }) => rest), [{
      address: "project:Acme Corp/Web App",
      table: "projects_project",
      column: "hide_disabled_flags",
      old: false,
      new: true,
    }]),
  (rows) =>
    assert.deepEqual(rows, [
      { address: "organisation:Acme Corp", events: ["created"] },
      { address: "project:Acme Corp/Web App", events: ["created", "updated"] },
    ]),
  (rows) => assert.deepEqual(rows, [{ address: "project:Acme Corp/Web App", there: true }]),
  (rows) => assert.deepEqual(rows.map((r) => [r["command"], r["code"]]), [["log", "FP463"]]),
];

Deno.test("every query of docs/log.md answers what the page says", async () => {
  await withDatabase({}, async ({ sql, url }) => {
    await applyDocuments([FILE, CHANGED], { databaseUrl: url });
    assert.equal((await runCli(["log", "init", "--grant", "nobody-here"], { databaseUrl: url })).code, 1);
    const down = ["teardown", "--address", "environment:Acme Corp/Web App/Dev", "--yes"];
    assert.equal((await runCli(down, { databaseUrl: url })).code, 0);
    const queries = [...PAGE.matchAll(/^```sql\n([^]*?)^```$/gm)].map(([, text = ""]) => text);
    assert.equal(queries.length, ANSWERS.length);
    for (const [at, query] of queries.entries()) {
      ANSWERS[at]?.((await sql.unsafe(query)).map((row) => ({ ...row })));
    }
  });
});
