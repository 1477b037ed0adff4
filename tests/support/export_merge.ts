/** Directories of files into which tests merge exports. */
import assert from "node:assert/strict";
import { type TestDatabase, withDatabase } from "./database.ts";
import { quickHash } from "./password_hash.ts";
import { type CliResult, runCli } from "./run_cli.ts";

/** What is set while files are applied and merged. */
export const ENV = {
  OWNER_PASSWORD: "correct horse",
  BACKEND_KEY: "ser.backend",
  E2E_PASSWORD: "correct horse",
  DJANGO_SECRET_KEY: "not asked for",
};

/** Runs `test` with a copy of some files in a directory of its own. */
export async function withFiles(
  sources: readonly string[],
  test: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    for (const source of sources) {
      await Deno.copyFile(source, `${directory}/${source.split("/").at(-1)}`);
    }
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The texts of a directory, by name. */
export async function filesOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = (await Array.fromAsync(Deno.readDir(directory), ({ name }) => name)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await Deno.readTextFile(`${directory}/${name}`)])),
  );
}

/** Runs the command line; the name of the temporary directory is left out of what it says. */
async function run(
  { url }: TestDatabase,
  directory: string,
  ...args: readonly string[]
): Promise<CliResult> {
  const { code, out, err } = await runCli(args, { databaseUrl: url, env: ENV, io: { hash: quickHash } });
  const said = (text: string): string => text.replaceAll(directory, "DIR").replaceAll(/^Working: .*\n/gm, "");
  return { code, out: said(out), err: said(err) };
}

/** Applies the files of a directory, which must succeed. */
export async function applyFiles(database: TestDatabase, directory: string): Promise<void> {
  const { code, err } = await run(database, directory, "apply", "--directory", directory);
  assert.equal(code, 0, err);
}

/** Merges an organisation into the files of a directory, and gives what the run said. */
export function merge(
  database: TestDatabase,
  directory: string,
  organisation: string,
  ...args: readonly string[]
): Promise<CliResult> {
  return run(
    database,
    directory,
    "export",
    "--organisation",
    organisation,
    "--merge-into",
    directory,
    ...args,
  );
}

/**
 * Applies one text to an empty database, changes the rows, and merges organisation "O": gives what the run said and what the
 * file says then. `change` is SQL of what people did in the dashboard meanwhile.
 */
export async function mergedText(
  text: string,
  change: string,
  name = "a.yaml",
): Promise<CliResult & { readonly text: string }> {
  let merged: (CliResult & { readonly text: string }) | undefined;
  await withDatabase({}, (database) =>
    withFiles([], async (directory) => {
      const path = `${directory}/${name}`;
      await Deno.writeTextFile(path, text);
      await applyFiles(database, directory);
      await database.sql.unsafe(change);
      const result = await merge(database, directory, "O");
      merged = { ...result, text: await Deno.readTextFile(path) };
    }));
  assert.ok(merged !== undefined);
  return merged;
}
