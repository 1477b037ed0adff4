/** After changes in the dashboard an export, merged into the files or not, says what is live: nothing is left to do. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { type Change, changeInDashboard, EDITS, RENAMES, SWAPS } from "../support/dashboard_changes.ts";
import { exportResult } from "../support/export.ts";
import {
  assertInSync,
  assertNothingToDo,
  organisationsOf,
  outOfSync,
  succeed,
} from "../support/export_in_sync.ts";
import { filesOf as textsIn, withFiles } from "../support/export_merge.ts";
import { holdsForSets, runSet } from "../support/property.ts";
import { Draw } from "../support/random_set/draw.ts";
import { filesOf } from "../support/random_set/forms.ts";
import type { RandomSet } from "../support/random_set/value.ts";

/** What a set is changed by: half of them by renames alone. After those the log knows all that the files declare. */
function changesFor(set: RandomSet): readonly Change[] {
  return set.seed % 2 === 0 ? RENAMES : [...EDITS, ...RENAMES];
}

async function exportText(databaseUrl: string, organisation: string): Promise<string> {
  const { code, out, err } = await exportResult(databaseUrl, organisation);
  assert.equal(code, 0, err);
  return out;
}

Deno.test("an export after changes in the dashboard is in sync and leaves nothing to do", async () => {
  await holdsForSets(8, async (set) => {
    await withDatabase({}, async ({ url, sql }) => {
      await runSet(set, url, ["apply"]);
      const said = await changeInDashboard(sql, new Draw(set.seed), [...changesFor(set), ...SWAPS]);
      try {
        for (const organisation of await organisationsOf(sql)) {
          const text = await exportText(url, organisation);
          await assertInSync(url, organisation, text);
          assert.equal(await exportText(url, organisation), text);
        }
      } catch (error) {
        throw new Error(`${said.join("\n")}\n${error instanceof Error ? error.message : String(error)}`);
      }
    });
  });
});

Deno.test("an export merged into the files after changes in the dashboard is in sync and stays the same", async () => {
  await holdsForSets(7, async (set) => {
    await withDatabase({}, ({ url, sql }) =>
      withFiles([], async (directory) => {
        for (const [at, text] of filesOf(set).entries()) {
          await Deno.writeTextFile(`${directory}/${at}.yaml`, text);
        }
        const source = ["--directory", directory];
        await succeed(["apply", ...source], { databaseUrl: url });
        const said = await changeInDashboard(sql, new Draw(set.seed), changesFor(set));
        const mergeAll = async (): Promise<readonly string[]> => {
          const lines: string[] = [];
          for (const name of await organisationsOf(sql)) {
            lines.push(
              await succeed(["export", `--organisation=${name}`, "--merge-into", directory], {
                databaseUrl: url,
              }),
            );
          }
          return lines;
        };
        try {
          await mergeAll();
          const merged = await textsIn(directory);
          const text = Object.values(merged).join("---\n");
          const policies = ["skip", "update", "fail"];
          await assertNothingToDo(url, source, text, set.seed % 2 === 0 ? ["fail", ...policies] : policies);
          assert.deepEqual(await outOfSync(url, source, text), []);
          for (const line of await mergeAll()) {
            assert.equal(line, "Merge complete: 0 changed, 0 added.\n");
          }
          assert.deepEqual(await textsIn(directory), merged);
        } catch (error) {
          throw new Error(`${said.join("\n")}\n${error instanceof Error ? error.message : String(error)}`);
        }
      }));
  });
});
