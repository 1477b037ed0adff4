/** Whether an export and its instance say the same: nothing to do under any policy, every status in sync. */
import assert from "node:assert/strict";
import { encodePart } from "../../src/kinds/address.ts";
import type { TestDatabase } from "./database.ts";
import { secretsOf } from "./export.ts";
import { quickHash } from "./password_hash.ts";
import { runCli } from "./run_cli.ts";

/** Command → the summary of a run that has nothing to do. */
const NOTHING: Readonly<Record<string, RegExp>> = {
  plan: /^(Nothing to do\.|Plan: 0 to create, (\d+ to adopt, )?\d+ to skip\.)$/m,
  apply: /^Provisioning complete: 0 created, (\d+ adopted, )?\d+ skipped\.$/m,
};

/** Names of the live organisations, the oldest first. */
export async function organisationsOf(sql: TestDatabase["sql"]): Promise<readonly string[]> {
  return (await sql`select name from organisations_organisation order by id`).map(({ name }) => String(name));
}

/** Runs a command on files, which must succeed, and gives what it printed. */
export async function succeed(
  args: readonly string[],
  world: { readonly databaseUrl: string; readonly stdin?: string; readonly env?: Record<string, string> },
): Promise<string> {
  const { code, out, err } = await runCli(args, { ...world, io: { hash: quickHash } });
  assert.equal(code, 0, `${args.join(" ")}\n${out}${err}`);
  return out;
}

/** Plans and applies files by some policies, in their order; nothing may be left to do, whatever the policy says. */
export async function assertNothingToDo(
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
export async function outOfSync(
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
export function isLeftOut(line: string, organisation: string): boolean {
  const [, kind = "", path = ""] = /^not_in_files (\w+):(.*)$/s.exec(line) ?? [];
  const name = encodePart(organisation);
  const isOwn = path === name || path.startsWith(`${name}/`);
  return kind !== "" && (!isOwn || kind === "feature_state" || kind === "subscription");
}

/** An export leaves nothing to do by any policy, and all is in sync but for so many entities that it said it leaves out. */
export async function assertInSync(
  databaseUrl: string,
  organisation: string,
  text: string,
  leftOut = 0,
): Promise<void> {
  const source = ["--file", "-"];
  // What the files of the set left out is in an export, and `fail` refuses it until `update` has told the log.
  await assertNothingToDo(databaseUrl, source, text, ["skip", "update", "fail"]);
  const lines = (await outOfSync(databaseUrl, source, text)).filter((line) => !isLeftOut(line, organisation));
  const missing = lines.filter((line) => line.startsWith("not_in_files "));
  assert.deepEqual(missing.length === leftOut ? lines.filter((line) => !missing.includes(line)) : lines, []);
}
