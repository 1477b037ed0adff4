/**
 * Wrong input that only live rows show, case by case: each file of `tests/golden/live` is applied to a database that
 * holds `base/base.yaml`, after the SQL of its lines `# before:`. The whole of standard error is compared.
 */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { ran } from "../support/given.ts";
import { runCli } from "../support/run_cli.ts";
import { assertUntouched } from "../support/untouched.ts";

const FOLDER = "tests/golden/live";
const names = [...Deno.readDirSync(FOLDER)].map((e) => e.name).filter((n) => n.endsWith(".yaml")).sort();

for (const name of names) {
  Deno.test(`apply reports against live rows and leaves them alone: ${name.slice(0, -".yaml".length)}`, async () => {
    await withDatabase({ given: ran(["-d", `${FOLDER}/base`]) }, async (database) => {
      const path = `${FOLDER}/${name}`;
      for (const [, statement = ""] of (await Deno.readTextFile(path)).matchAll(/^# before: (.*)$/gm)) {
        await database.sql.unsafe(statement);
      }
      const { code, out, err } = await assertUntouched(
        database,
        () => runCli(["-f", path], { databaseUrl: database.url }),
      );
      const golden = path.replace(/\.yaml$/, ".out");
      if (Deno.env.get("UPDATE_GOLDEN") === "1") await Deno.writeTextFile(golden, err);
      assert.deepEqual(err.split("\n"), (await Deno.readTextFile(golden)).split("\n"));
      assert.ok(err.includes(`[${name.slice(0, 5)}]`), `${name} does not report its code`);
      assert.deepEqual([code, out], [1, ""]);
    });
  });
}
