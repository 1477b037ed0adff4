/** After changes in the dashboard an export, merged into the files or not, says what is live: nothing is left to do. */
import assert from "node:assert/strict";
import { encodePart } from "../../src/kinds/address.ts";
import { type TestDatabase, withDatabase } from "../support/database.ts";
import { type Change, changeInDashboard, EDITS, RENAMES, SWAPS } from "../support/dashboard_changes.ts";
import { exportResult, secretsOf } from "../support/export.ts";
import { filesOf as textsIn, withFiles } from "../support/export_merge.ts";
import { holdsForSets, runSet } from "../support/property.ts";
import { Draw } from "../support/random_set/draw.ts";
import { filesOf } from "../support/random_set/forms.ts";
import type { RandomSet } from "../support/random_set/value.ts";
import { runCli } from "../support/run_cli.ts";

/** Command → the summary of a run that has nothing to do. */
const NOTHING: Readonly<Record<string, RegExp>> = {
  plan: /^(Nothing to do\.|Plan: 0 to create, (\d+ to adopt, )?\d+ to skip\.)$/m,
  apply: /^Provisioning complete: 0 created, (\d+ adopted, )?\d+ skipped\.$/m,
};

async function organisationsOf(sql: TestDatabase["sql"]): Promise<readonly string[]> {
  return (await sql`select name from organisations_organisation order by id`).map(({ name }) => String(name));
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

/** Plans and applies files by some policies, in their order; nothing may be left to do, whatever the policy says. */
async function assertNothingToDo(
  databaseUrl: string,
  source: readonly string[],
  text: string,
  policies: readonly string[],
): Promise<void> {
  const world = { databaseUrl, stdin: text, env: { ...secretsOf(text) } };
  await succeed(["validate", ...source], world);
  for (const policy of policies) {
    for (const [command, nothing] of Object.entries(NOTHING)) {
      const out = await succeed([command, ...source, "--on-exists", policy], world);
      assert.match(out, nothing, `${command} by ${policy}: ${out}`);
    }
  }
}

/** Addresses of what stands otherwise than in the files. */
async function outOfSync(
  databaseUrl: string,
  source: readonly string[],
  text: string,
): Promise<readonly string[]> {
  const out = await succeed(["status", ...source, "--format", "json"], {
    databaseUrl,
    stdin: text,
    env: { ...secretsOf(text) },
  });
  const { entities } = JSON.parse(out);
  return entities.filter(({ status }: { status: string }) => status !== "in_sync").map((
    { status, address }: { status: string; address: string },
  ) => `${status} ${address}`);
}

/** What an export of an organisation has no word for: others, users without a part in it, and what is as Flagsmith makes it. */
function isLeftOut(line: string, organisation: string): boolean {
  const [, kind = "", path = ""] = /^not_in_files (\w+):(.*)$/s.exec(line) ?? [];
  const name = encodePart(organisation);
  const isOwn = path === name || path.startsWith(`${name}/`);
  return kind !== "" && (!isOwn || kind === "feature_state" || kind === "subscription");
}

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
          // What the files of the set left out is in an export, and `fail` refuses it until `update` has told the log.
          await assertNothingToDo(url, ["--file", "-"], text, ["skip", "update", "fail"]);
          assert.deepEqual(
            (await outOfSync(url, ["--file", "-"], text)).filter((line) => !isLeftOut(line, organisation)),
            [],
          );
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
