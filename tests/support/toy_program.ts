/**
 * The program with one kind more, in processes of its own: an import map puts `kinds_with_toy.ts` in place of
 * `src/kinds/index.ts`, so that nothing in the program knows of it.
 */
import type { CliResult } from "./run_cli.ts";

const ROOT = new URL("../../", import.meta.url);

/** Runs the program; the environment is the whole of it, besides what Deno needs. */
export type RunToyProgram = (
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
) => Promise<CliResult>;

/** Gives the test a directory of its own and the program. */
export async function withToyProgram(
  test: (run: RunToyProgram, directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const map = `${directory}/import_map.json`;
    await Deno.writeTextFile(map, JSON.stringify(await importMap()));
    // Files that a test puts beside its own would be read with them.
    const own = `${directory}/files`;
    await Deno.mkdir(own);
    await test((args, env = {}) => run([`--import-map=${map}`, urlOf("mod.ts"), ...args], env), own);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The imports of the project, and the list of kinds with one line more, which itself sees the real one. */
async function importMap(): Promise<unknown> {
  const config: { readonly imports: Readonly<Record<string, string>> } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const packages = Object.entries(config.imports).flatMap(([name, address]) => [
    [name, address],
    // What `deno.json` understands by itself: files of a package.
    [`${name}/`, `${address.replace("npm:", "npm:/")}/`],
  ]);
  const [list, longer] = [urlOf("src/kinds/index.ts"), urlOf("tests/support/kinds_with_toy.ts")];
  return {
    imports: { ...Object.fromEntries(packages), [list]: longer },
    scopes: { [longer]: { [list]: list } },
  };
}

function urlOf(path: string): string {
  return new URL(path, ROOT).href;
}

async function run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<CliResult> {
  const runtime = ["PATH", "HOME", "DENO_DIR"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--cached-only", "--no-check", "--quiet", ...args],
    clearEnv: true,
    env: { NO_COLOR: "1", ...Object.fromEntries(runtime), ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, out: text.decode(stdout), err: text.decode(stderr).replaceAll(/^Working: .*…\n/gm, "") };
}
