/** One schema on one server: every shipped set through the commands that write, compare and undo. */
import assert from "node:assert/strict";
import { PRESET_NAMES } from "../../src/presets/names.ts";
import { createDatabase } from "../../tests/support/database.ts";
import { dumpTables } from "../../tests/support/dump.ts";
import { runCli } from "../../tests/support/run_cli.ts";
import { assertTornDown } from "../../tests/support/torn_down.ts";

/** What became of a schema: `ok`, or the first step that did not do what it is to do. */
export interface SchemaOutcome {
  readonly schema: string;
  /** `16`, the major of the server. */
  readonly server: string;
  readonly result: string;
}

const ENV = {
  ADMIN_EMAIL: "admin@example.com",
  ORGANISATION_NAME: "Acme",
  PROJECT_NAME: "Web",
};

/**
 * Applies every set twice, plans, reports, exports, resets and tears down, each set in a database of its own. The database
 * must hold afterwards what it held before. What fails is named in the result, never thrown.
 */
export async function runSets(
  schema: string,
  sets: readonly string[] = PRESET_NAMES,
): Promise<SchemaOutcome> {
  let server = "?";
  for (const set of sets) {
    const database = await createDatabase({ schema });
    try {
      const [version] = await database
        .sql`select current_setting('server_version_num')::int / 10000 as major`;
      server = String(version?.["major"]);
      const before = await dumpTables(database.sql);
      const step = async (args: readonly string[], expected: RegExp): Promise<string> => {
        const { code, out, err } = await runCli(args, { databaseUrl: database.url, env: ENV });
        const said = /\[(FP\d+)\]/.exec(err)?.[1];
        assert.equal(code, 0, `${args[0]} of ${set}: exit ${code}${said === undefined ? "" : ` (${said})`}`);
        assert.match(out, expected, `${args[0]} of ${set}: unexpected output`);
        const unknown = /^note: .*does not know.*/m.exec(err)?.[0];
        assert.equal(unknown, undefined, `${args[0]} of ${set}: ${unknown}`);
        return out;
      };
      const preset = ["--preset", set];
      await step(["apply", ...preset], /\d+ created/);
      await step(["apply", ...preset], /0 created/);
      await step(["plan", ...preset], /Nothing to do\./);
      await step(["status", ...preset], /./);
      for (const { name } of await database.sql`select name from organisations_organisation order by id`) {
        await step(["export", "--organisation", String(name)], /version/);
      }
      await step(["reset", ...preset, "--yes"], /created/);
      await step(["teardown", "--all", "--yes"], /./);
      assertTornDown(before, await dumpTables(database.sql));
    } catch (error) {
      const text = error instanceof Error ? error.message.split("\n")[0] ?? "" : String(error);
      return { schema, server, result: text };
    } finally {
      await database.drop();
    }
  }
  return { schema, server, result: "ok" };
}
