/** After changes in the dashboard an export, merged into the files or not, says what is live: nothing is left to do. */
import assert from "node:assert/strict";
import { withDatabase } from "../support/database.ts";
import { changeInDashboard, EDITS, RENAMES } from "../support/dashboard_changes.ts";
import { exportResult, secretsOf } from "../support/export.ts";
import { filesOf as textsIn, withFiles } from "../support/export_merge.ts";
import { holdsForSets, runSet } from "../support/property.ts";
import { Draw } from "../support/random_set/draw.ts";
import { filesOf } from "../support/random_set/forms.ts";
import { nameOf, type RandomSet } from "../support/random_set/value.ts";
import { runCli } from "../support/run_cli.ts";

/** Command → the summary of a run that has nothing to do. */
const NOTHING: Readonly<Record<string, RegExp>> = {
  plan: /^(Nothing to do\.|Plan: 0 to create, (\d+ to adopt, )?\d+ to skip\.)$/m,
  apply: /^Provisioning complete: 0 created, (\d+ adopted, )?\d+ skipped\.$/m,
};

function organisationsOf(set: RandomSet): readonly string[] {
  return set.entities.filter(({ kind }) => kind === "organisation").map(nameOf);
}

/** Runs a command on files, which must succeed, and gives what it printed. */
async function succeed(
  args: readonly string[],
  world: { readonly databaseUrl: string; readonly stdin?: string; readonly env?: Record<string, string> },
): Promise<string> {
  const { code, out, err } = await runCli(args, world);
  assert.equal(code, 0, `${args.join(" ")}\n${out}${err}`);
  return out;
}

/**
 * Plans and applies files by each policy, then compares them; nothing may be left to do, whatever the policy says. `fail` is last:
 * it refuses what the log does not know with this content or by this name until `update` has recorded it. For the same reason the
 * log may still have former names, which are "not in files", as is all that another organisation has.
 */
async function assertInSync(databaseUrl: string, source: readonly string[], text: string): Promise<void> {
  const world = { databaseUrl, stdin: text, env: { ...secretsOf(text) } };
  await succeed(["validate", ...source], world);
  for (const policy of ["skip", "update", "fail"]) {
    for (const [command, nothing] of Object.entries(NOTHING)) {
      const out = await succeed([command, ...source, "--on-exists", policy], world);
      assert.match(out, nothing, `${command} by ${policy}: ${out}`);
    }
  }
  const status = await succeed(["status", ...source], world);
  const others = status.split("\n").filter((line) => !/: not in files\.$|^$/.test(line));
  assert.match(others.join("\n"), /^Status: \d+ in sync(, \d+ not in files)?\.$/, status);
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
      const said = await changeInDashboard(sql, new Draw(set.seed), [...EDITS, ...RENAMES]);
      try {
        for (const organisation of organisationsOf(set)) {
          const text = await exportText(url, organisation);
          await assertInSync(url, ["--file", "-"], text);
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
        const said = await changeInDashboard(sql, new Draw(set.seed), [...EDITS, ...RENAMES]);
        const mergeAll = async (): Promise<readonly string[]> => {
          const lines: string[] = [];
          for (const name of organisationsOf(set)) {
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
          await assertInSync(url, source, Object.values(merged).join("---\n"));
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
