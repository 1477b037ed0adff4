/** `on_exists: update` leads any set to any other one: what a file wants is then so, as on an empty instance. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { holdsForSets, runSet } from "../support/property.ts";
import { changeOf } from "../support/random_set/mutation.ts";
import { assertUntouched } from "../support/untouched.ts";

Deno.test("after an update to any other set nothing is left to do", async () => {
  await holdsForSets(6, async (set) => {
    await withDatabase({}, async (database) => {
      const { before, after } = changeOf(set);
      await runSet(before, database.url);
      await runSet(after, database.url, ["--on-exists", "update"]);
      for (const more of [["--dry-run"], []]) {
        const { out } = await assertUntouched(
          database,
          () => runSet(after, database.url, ["--on-exists", "update", ...more]),
        );
        const summary = out.trimEnd().split("\n").at(-1) ?? "";
        assert.match(
          summary,
          more.length > 0
            ? /^Dry run: 0 to create, \d+ to skip\.$/
            : /^Provisioning complete: 0 created, \d+ skipped\.$/,
        );
      }
    });
  });
});
