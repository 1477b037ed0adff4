/** Applying any set a second time writes nothing, whatever the policy. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { holdsForSets, runSet } from "../support/property.ts";
import { assertUntouched } from "../support/untouched.ts";

for (const policy of ["skip", "update", "fail"]) {
  Deno.test(`applying any set twice writes nothing the second time under on_exists: ${policy}`, async () => {
    await holdsForSets(3, async (set) => {
      await withDatabase({}, async (database) => {
        const first = await runSet(set, database.url, ["--on-exists", policy]);
        assert.match(first.out, /^Provisioning complete: \d+ created/m);
        for (const more of [[], ["--dry-run"]]) {
          const again = await assertUntouched(
            database,
            () => runSet(set, database.url, ["--on-exists", policy, ...more]),
          );
          assert.match(
            again.out,
            /^(Provisioning complete: 0 created|Dry run: 0 to create), \d+ (to skip|skipped)\.$/m,
          );
        }
      });
    });
  });
}
