/** Many processes at once on one database, as pods of one deployment start. */
import assert from "node:assert/strict";
import { assertAllDone, CROWDS, race, ROUNDS, rowCounts, shape } from "../support/crowd.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { ended, start } from "../support/program.ts";

const FILES = ["--file", "examples/config/00-people.yaml", "--file", "examples/config/10-web-app.yaml"];

async function alone({ url }: TestDatabase, args: readonly string[]): Promise<void> {
  assertAllDone([await ended(start(args, { env: { DATABASE_URL: url } }))], args.join(" "));
}

/** What the newest event of the log says that its command was. */
async function lastCommand({ sql }: TestDatabase): Promise<unknown> {
  const [row] = await sql`select command from provisioning_log order by seq desc limit 1`;
  return row?.["command"];
}

async function assertInSync(database: TestDatabase, when: string): Promise<void> {
  const env = { DATABASE_URL: database.url };
  const { code, out, err } = await ended(start(["status", "--detailed-exitcode", ...FILES], { env }));
  assert.equal(code, 0, `${when}\n${out}${err}`);
}

for (const processes of CROWDS) {
  const many = (args: readonly string[]) => Array.from({ length: processes }, () => args);
  const waiting = Math.ceil(processes / 2);

  Deno.test(`${processes} processes that apply at once create everything exactly once`, async () => {
    const wanted = await withDatabase({}, async (database) => {
      await alone(database, FILES);
      return await shape(database);
    });
    for (let round = 1; round <= ROUNDS; round++) {
      await withDatabase({}, async (database) => {
        const when = `round ${round}`;
        const run = await race(database, many(FILES), waiting);
        assertAllDone(run.results, when);
        assert.ok(run.waiting >= waiting, `${when}: only ${run.waiting} waited`);
        assert.equal(run.results.filter((r) => r.out.includes("Created")).length, 1, when);
        assert.deepEqual(await shape(database), wanted, when);
        const [log] = await database.sql`select count(distinct run_id)::int as runs from provisioning_log`;
        assert.equal(log?.["runs"], 1);
      });
    }
  });

  Deno.test(`${processes} processes, half of which apply and half tear down, leave all or nothing`, async () => {
    await withDatabase({}, async (database) => {
      const nothing = await rowCounts(database);
      await alone(database, FILES);
      const all = await rowCounts(database);
      for (let round = 1; round <= ROUNDS; round++) {
        const when = `round ${round}`;
        // Something to do for both kinds, so that both stand at the lock.
        await alone(database, ["teardown", "--all", "--yes"]);
        await alone(database, ["--preset", "bootstrap"]);
        const commands = many(FILES).map((apply, at) =>
          at % 2 === 0 ? apply : ["teardown", "--all", "--yes"]
        );
        const run = await race(database, commands, waiting);
        assertAllDone(run.results, when);
        assert.ok(run.waiting >= waiting, `${when}: only ${run.waiting} waited`);
        const last = await lastCommand(database);
        assert.deepEqual(await rowCounts(database), last === "apply" ? all : nothing, `${when}: ${last}`);
        if (last === "apply") await assertInSync(database, when);
      }
    });
  });

  Deno.test(`${processes} processes that reset at once do so one after another`, async () => {
    await withDatabase({}, async (database) => {
      await alone(database, FILES);
      const all = await rowCounts(database);
      for (let round = 1; round <= ROUNDS; round++) {
        const when = `round ${round}`;
        const count = async () =>
          Number(
            (await database.sql`select count(distinct run_id)::int as runs from provisioning_log`)[0]
              ?.["runs"],
          );
        const before = await count();
        const run = await race(database, many(["reset", ...FILES]), processes);
        assertAllDone(run.results, when);
        assert.equal(run.waiting, processes, when);
        assert.equal(await count() - before, processes, when);
        assert.deepEqual(await rowCounts(database), all, when);
        await assertInSync(database, when);
      }
    });
  });
}
